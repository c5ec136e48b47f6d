import { spawn, spawnSync } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import type pg from 'pg';
import { OperatorError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { reportOf } from '../error-report.ts';
import { errorLines } from '../output/print-error.ts';
import { readText } from '../read-file.ts';
import { clientConfig, connect, resolveServer } from '../server/index.ts';
import { formatTable } from '../output/table.ts';
import { psqlEnvironment } from './psql-environment.ts';

type Result = pg.QueryArrayResult<unknown[]>;

const applicationName = 'monthend sql';

interface SqlOptions {
  readonly command?: string[];
  readonly admin?: boolean;
  readonly json?: boolean;
  readonly psql: boolean;
}

/** For tables: every value as PostgreSQL writes it. */
const asWritten: pg.CustomTypesConfig = { getTypeParser: () => (value: string) => value };

function hasPsql(): boolean {
  return spawnSync('psql', ['--version'], { stdio: 'ignore' }).status === 0;
}

/** Hands the terminal to psql; Ctrl-C there cancels a statement and must not end us before it. */
function runPsql(url: string, options: SqlOptions, file: string | undefined): Promise<number> {
  const interactive = options.command === undefined && file === undefined && process.stdin.isTTY;
  // The user's own settings belong to their prompt, not to scripts.
  const args = interactive ? [] : ['--no-psqlrc', '--set', 'ON_ERROR_STOP=1'];
  for (const command of options.command ?? []) args.push('--command', command);
  if (file !== undefined) args.push('--file', file);
  const ignore = (): void => undefined;
  process.on('SIGINT', ignore);
  return new Promise((settle, fail) => {
    const child = spawn('psql', args, {
      stdio: 'inherit',
      env: { ...process.env, ...psqlEnvironment(clientConfig({ url, applicationName }), url) },
    });
    child.once('error', fail);
    child.once('close', (code) => settle(code ?? exitCodes.interrupted));
  }).finally(() => process.off('SIGINT', ignore)) as Promise<number>;
}

async function readStatements(options: SqlOptions, file: string | undefined): Promise<string[]> {
  const given = [...(options.command ?? [])];
  if (file !== undefined && file !== '-') given.push(await readText(file));
  if (file === '-' || (given.length === 0 && !process.stdin.isTTY)) given.push(await text(process.stdin));
  if (given.length > 0) return given;
  throw new OperatorError('There is no statement to run.', {
    detail: 'psql, which would ask for statements, is not installed.',
    hint: "Type: ./monthend sql -c 'select 1'    or name a file    or install psql",
    exitCode: exitCodes.usage,
  });
}

function printResult(result: Result, json: boolean): void {
  if (json) {
    for (const row of result.rows) {
      console.log(JSON.stringify(Object.fromEntries(result.fields.map((field, at) => [field.name, row[at]]))));
    }
  } else if (result.fields.length > 0) {
    console.log(formatTable(result.fields.map((field) => field.name), result.rows));
  } else {
    console.log(`${result.command}${result.rowCount === null ? '' : ` ${result.rowCount}`}`);
  }
}

/** Sends each text as it is, in one simple-protocol message: the server splits it, as with psql -c. */
async function runHere(url: string, statements: string[], json: boolean): Promise<void> {
  const client = await connect({ url, applicationName });
  client.on('notice', (notice) => {
    console.error(`${notice.severity ?? 'NOTICE'}:  ${notice.message ?? ''}`);
    if (notice.detail) console.error(`DETAIL:  ${notice.detail}`);
    if (notice.hint) console.error(`HINT:  ${notice.hint}`);
  });
  try {
    for (const statement of statements) {
      // Several statements in one text give several results: node-pg's types don't know.
      const answer = (await client.query({
        text: statement, rowMode: 'array', ...(json ? {} : { types: asWritten }),
      })) as Result | Result[];
      for (const result of [answer].flat()) printResult(result, json);
    }
  } finally {
    await client.end();
  }
}

async function sql(file: string | undefined, options: SqlOptions): Promise<void> {
  const { serviceUrl, adminUrl } = await resolveServer();
  const url = options.admin ? adminUrl : serviceUrl;
  if (options.psql && !options.json && hasPsql()) {
    const code = await runPsql(url, options, file);
    // psql's own codes: 1 its error, 2 lost connection, 3 a statement failed.
    process.exitCode = code === 0 ? exitCodes.ok : code === 2 ? exitCodes.notReady : exitCodes.unexpected;
    return;
  }
  const statements = await readStatements(options, file);
  try {
    await runHere(url, statements, options.json ?? false);
  } catch (error) {
    const report = reportOf(error);
    for (const line of errorLines(report)) console.error(line);
    process.exitCode = report.exitCode;
  }
}

const collect = (text: string, before: string[] = []): string[] => [...before, text];

/** Adds `sql`. */
export function register(program: Command): void {
  program
    .command('sql')
    .description('run SQL as the service: in psql where there is one, else by itself')
    .argument('[file]', 'a file of statements; - or nothing: standard input')
    .option('-c, --command <text>', 'statements to run; may be given again', collect)
    .option('--admin', 'as the login that installs')
    .option('--json', 'one JSON object a row (does not use psql)')
    .option('--no-psql', 'do not use psql')
    .addHelpText('after', "\nExample:\n  monthend sql -c 'select * from month_end.progress'")
    .action(sql);
}
