import type { Command } from 'commander';
import { cancelBatch } from '../database/batch.ts';
import { withService } from '../service.ts';
import { example, ledgerOption } from './options.ts';

/** Adds `cancel`. */
export function register(program: Command): void {
  const command = program
    .command('cancel')
    .description('give up a batch before its commit: staging, scope and number claim go, its record stays')
    .argument('<batch>', 'a batch id, such as 2003-01-MONTHEND')
    .addOption(ledgerOption())
    .action(async (batchId: string, options: { ledger: number }) => {
      await withService('monthend cancel', (client) => cancelBatch(client, { batchId, ledgerId: options.ledger }));
      console.log(`${batchId} is cancelled.`);
    });
  example(command, 'monthend cancel 2003-01-MONTHEND');
}
