import type { Command } from 'commander';
import { batchBackends, cancelBatch } from '../database/batch.ts';
import { cancelBackends } from '../database/jobs.ts';
import { withService } from '../database/session.ts';
import { restoreWindow } from '../jobs/window.ts';
import { example, ledgerOption } from './options.ts';

/** Adds `cancel`. */
export function register(program: Command): void {
  const command = program
    .command('cancel')
    .description('give up a batch before its commit: staging, scope and number claim go, its record stays')
    .argument('<batch>', 'a batch id, such as 2003-01-MONTHEND')
    .addOption(ledgerOption())
    .action(async (batchId: string, options: { ledger: number }) => {
      const key = { batchId, ledgerId: options.ledger };
      await withService('monthend cancel', async (client, server) => {
        // A chunk or an index that is being made holds the tables that are to go.
        await cancelBackends(client, await batchBackends(client, key));
        await cancelBatch(client, key);
        await restoreWindow(server.serviceUrl);
      });
      console.log(`${batchId} is cancelled.`);
    });
  example(command, 'monthend cancel 2003-01-MONTHEND');
}
