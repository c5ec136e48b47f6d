import type { Command } from 'commander';
import { finishBatch } from '../jobs/finish-batch.ts';
import * as database from '../database/batch.ts';
import { printReport } from '../output/print-report.ts';
import { withService } from '../database/session.ts';
import { defaultSessions } from './close.ts';
import { example, ledgerOption, wholeNumber } from './options.ts';

/** Adds `resume`. */
export function register(program: Command): void {
  const command = program
    .command('resume')
    .description('go on with a batch that was interrupted, in whatever phase')
    .argument('<batch>', 'a batch id, such as 2003-01-MONTHEND')
    .option('--sessions <n>', 'database sessions that work on it (default: what it was last scaled to)', wholeNumber(1, 250))
    .addOption(ledgerOption())
    .option('--json', 'the report as JSON, schema monthend.report/1')
    .action(async (batchId: string, options: { sessions?: number; ledger: number; json?: boolean }) => {
      const key = { batchId, ledgerId: options.ledger };
      const { server, scaledTo } = await withService('monthend resume', async (client, at) => {
        await database.retryFailedWorkers(client, key);
        return { server: at, scaledTo: (await database.findBatch(client, key)).wanted_sessions };
      });
      const report = await finishBatch(server, { key, sessions: options.sessions ?? scaledTo ?? defaultSessions() });
      if (options.json) console.log(JSON.stringify(report));
      else printReport(report);
    });
  example(command, 'monthend resume 2003-01-MONTHEND');
}
