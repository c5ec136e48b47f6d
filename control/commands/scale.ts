import type { Command } from 'commander';
import { scaleBatch } from '../database/jobs.ts';
import { withService } from '../database/session.ts';
import { example, ledgerOption, wholeNumber } from './options.ts';

/** Adds `scale`. */
export function register(program: Command): void {
  const command = program
    .command('scale')
    .description('give a running batch more sessions or fewer: control planes start them, one too many leaves after its chunk')
    .argument('<batch>', 'a batch id, such as 2003-01-MONTHEND')
    .argument('<sessions>', 'how many work on it, the coordinator included; a psql that helps is not counted', wholeNumber(1, 250))
    .addOption(ledgerOption())
    .action(async (batchId: string, sessions: number, options: { ledger: number }) => {
      await withService('monthend scale', (client) => scaleBatch(client, { batchId, ledgerId: options.ledger }, sessions));
      console.log(`${batchId} shall have ${sessions} ${sessions === 1 ? 'session' : 'sessions'}.`);
    });
  example(command, 'monthend scale 2003-01-MONTHEND 4');
}
