import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  clockAhead, diagnose, type Facts, type Finding, readMachine, type Recommended, recommendSettings, serverVersion,
} from '../database/doctor.ts';
import { OperatorError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { outdatedFiles } from '../install.ts';
import { findPooler } from '../database/pooler.ts';
import type { Server } from '../server/index.ts';
import { withService } from '../database/session.ts';
import { example, wholeNumber } from './options.ts';

interface DoctorOptions {
  readonly settings?: boolean;
  readonly memory?: number;
  readonly cores?: number;
  readonly disk: 'ssd' | 'hdd';
  readonly transactions?: number;
  readonly strict?: boolean;
  readonly json?: boolean;
}

/** A number with a unit, such as 16GB or 10M. */
function scaled(pattern: RegExp, units: Readonly<Record<string, number>>, form: string): (text: string) => number {
  return (text) => {
    const [, digits, unit = ''] = pattern.exec(text) ?? [];
    if (digits === undefined) throw new InvalidArgumentError(`It takes ${form}.`);
    return Number(digits) * (units[unit] ?? 1);
  };
}
const memory = scaled(/^(\d+)(MB|GB|TB)$/, { MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4 }, 'memory such as 16GB');
const transactions = scaled(/^(\d+)(k|M)?$/, { k: 1e3, M: 1e6 }, 'a number such as 200k or 10M');

/** Of the machine of the database: what was told, else what is seen. */
const machineOf = ({ host }: Server, options: DoctorOptions) => ({
  memory_bytes: options.memory ?? host?.memoryBytes, cores: options.cores ?? host?.cores,
});

async function findings(options: DoctorOptions): Promise<Finding[]> {
  return withService('monthend doctor', async (client, server) => {
    const facts: Facts = {
      ...machineOf(server, options),
      transactions: options.transactions,
      free_bytes: server.host?.freeDiskBytes,
      pooler: await findPooler(server.serviceUrl),
      clock_ahead_ms: await clockAhead(client),
      outdated_files: await outdatedFiles(client),
    };
    return diagnose(client, facts);
  });
}

function print(found: readonly Finding[]): void {
  const width = Math.max(...found.map(({ subject }) => subject.length));
  for (const { severity, subject, finding, query, fix } of found) {
    console.log(`${severity.padEnd(7)}  ${subject.padEnd(width)}  ${finding}`);
    if (severity === 'ok') continue;
    if (query !== '') console.log(`${''.padEnd(9 + width)}  see  ${query}`);
    if (fix !== '') console.log(`${''.padEnd(9 + width)}  fix  ${fix}`);
  }
}

async function writeSettings(options: DoctorOptions): Promise<void> {
  const { version, machine, settings } = await withService('monthend doctor', async (client, server) => {
    const there = await readMachine(client);
    const { memory_bytes: memoryBytes = there?.memory_bytes, cores = there?.cores } = machineOf(server, options);
    if (typeof memoryBytes !== 'number' || typeof cores !== 'number') {
      throw new OperatorError('The machine of the database cannot be seen from here.', {
        hint: './monthend doctor --settings --memory 16GB --cores 8', exitCode: exitCodes.usage,
      });
    }
    const wanted = { memoryBytes, cores, disk: options.disk, transactions: options.transactions ?? 10_000_000 };
    return {
      version: await serverVersion(client), machine: wanted, settings: await recommendSettings(client, wanted),
    };
  });
  if (options.json) {
    console.log(JSON.stringify({ ...machine, version, settings }));
    return;
  }
  const line = ({ name, value, basis, is_option: isOption }: Recommended): string =>
    `# ${basis}\n${isOption ? '#' : ''}${name} = ${/^[\w.]+$/.test(value) ? value : `'${value}'`}`;
  console.log([
    `# PostgreSQL ${version}; ${Math.round(machine.memoryBytes / 1024 ** 2)} MB of memory, ${machine.cores} cores, ${machine.disk}, ` +
      `${machine.transactions} transactions a month.`,
    '# Include it from postgresql.conf, then restart. Lines that begin with # and a name are choices.',
    ...settings.map(line),
  ].join('\n'));
}

/** Adds `doctor`. */
export function register(program: Command): void {
  const command = program
    .command('doctor')
    .description('look over server, installation, room and batches; exit code 5 when something is an error')
    .option('--settings', 'print server settings for a machine and a volume instead')
    .option('--memory <size>', 'memory of the database\'s machine, such as 16GB (default: what is seen of it)', memory)
    .option('--cores <n>', 'its cores', wholeNumber(1, 1024))
    .addOption(new Option('--disk <kind>', 'its disk').choices(['ssd', 'hdd']).default('ssd'))
    .option('--transactions <n>', 'transactions of a month, such as 10M', transactions)
    .option('--strict', 'exit code 7 when there are warnings but no errors')
    .option('--json', 'as JSON')
    .action(async (options: DoctorOptions) => {
      if (options.settings) return writeSettings(options);
      const found = await findings(options);
      if (options.json) console.log(JSON.stringify(found));
      else print(found);
      const worst = (severity: Finding['severity']): boolean => found.some((each) => each.severity === severity);
      if (worst('error')) process.exitCode = exitCodes.validation;
      else if (options.strict && worst('warning')) process.exitCode = exitCodes.warnings;
    });
  example(command, 'monthend doctor --strict', 'monthend doctor --settings --memory 256GB --cores 32 --transactions 10M');
}
