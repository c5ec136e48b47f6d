import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { finishBatch } from '../jobs/finish-batch.ts';
import * as database from '../database/batch.ts';
import { printFindings, printRejectsByReason, printReport } from '../output/print-report.ts';
import { withService } from '../database/session.ts';
import { example, ledgerOption, period, wholeNumber } from './options.ts';

interface CloseOptions {
  readonly ledger: number;
  readonly workers?: number;
  readonly sessions: number;
  readonly supplement?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** As many sessions as processors: of the database's machine when it is this one, else a guess. */
export const defaultSessions = (): number => Math.max(1, Math.min(8, availableParallelism()));

async function close(periodName: string, options: CloseOptions): Promise<void> {
  const { batchId, server } = await withService('monthend close', async (client, at) => ({
    batchId: await database.openBatch(client, {
      period: periodName, ledgerId: options.ledger, workers: options.workers, supplement: options.supplement ?? false,
      dryRun: options.dryRun ?? false,
    }),
    server: at,
  }));
  const key = { batchId, ledgerId: options.ledger };
  const report = await finishBatch(server, { key, sessions: options.sessions });
  if (options.json) {
    console.log(JSON.stringify(report));
    return;
  }
  printReport(report);
  // A session of its own: the first one may not have outlived a restart of the server.
  await withService('monthend close', async (client) => {
    printRejectsByReason(await database.listRejects(client, key));
    printFindings(await database.listResults(client, key));
  });
  if (options.dryRun) console.log('\nThis was a dry run: nothing was posted, the period is as it was.');
}

/** Adds `close`. */
export function register(program: Command): void {
  const command = program
    .command('close')
    .description('close a period: all eight phases, from pre-flight validation to post-processing')
    .argument('<period>', 'a month, such as 2003-01', period)
    .option('--workers <n>', 'parts that the batch is cut into (default: the setting workers)', wholeNumber(1, 1000))
    .option('--sessions <n>', 'database sessions that work on them', wholeNumber(1, 250), defaultSessions())
    .option('--supplement', 'post what came late to a closed period')
    .option('--dry-run', 'only validate: nothing is posted, the period stays as it is')
    .addOption(ledgerOption())
    .option('--json', 'the report as JSON, schema monthend.report/1')
    .action(close);
  example(command, 'monthend close 2003-01 --workers 16 --sessions 2', 'monthend close 2003-01 --supplement');
}
