import type { Command } from 'commander';
import { diagnose, type Finding } from '../database/ledger.ts';
import { exitCodes } from '../exit-codes.ts';
import { functionDrift } from '../install.ts';
import { withService } from '../service.ts';
import { formatTable } from '../table.ts';
import { example } from './options.ts';

const GiB = 1024 ** 3;

/** Adds `doctor`. */
export function register(program: Command): void {
  const command = program
    .command('doctor')
    .description('look over server, installation and batches; exit code 5 when something is an error')
    .option('--json', 'the findings as JSON')
    .action(async (options: { json?: boolean }) => {
      const findings = await withService('monthend doctor', async (client, server): Promise<Finding[]> => {
        const drift = await functionDrift(client);
        const free = server.host?.freeDiskBytes;
        return [
          ...(await diagnose(client)),
          {
            severity: drift.length === 0 ? 'ok' : 'error', subject: 'functions',
            finding: drift.length === 0 ? 'as in this version' : `differ: ${drift.slice(0, 5).join(', ')}`,
            fix: './monthend install',
          },
          {
            severity: free === undefined ? 'note' : free < 5 * GiB ? 'warning' : 'ok', subject: 'disk',
            finding: free === undefined ? 'not to be seen from here' : `${(free / GiB).toFixed(1)} GiB free`,
            fix: 'A close of a million transactions takes about 2.2 GB, and as much WAL',
          },
        ];
      });
      if (options.json) console.log(JSON.stringify(findings));
      else {
        console.log(formatTable(['', 'subject', 'finding', 'what to do'], findings.map((each) => [
          each.severity, each.subject, each.finding, each.severity === 'ok' ? '' : each.fix,
        ])));
      }
      if (findings.some((each) => each.severity === 'error')) process.exitCode = exitCodes.validation;
    });
  example(command, 'monthend doctor');
}
