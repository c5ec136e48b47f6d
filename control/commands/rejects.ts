import type { Command } from 'commander';
import { listRejects } from '../database/batch.ts';
import { grouped } from '../output/print-report.ts';
import { withService } from '../database/session.ts';
import { formatTable } from '../output/table.ts';
import { example, ledgerOption } from './options.ts';

/** Adds `rejects`. */
export function register(program: Command): void {
  const command = program
    .command('rejects')
    .description('the transactions that a batch rejected, with reason, origin and what became of them')
    .argument('<batch>', 'a batch id, such as 2003-01-MONTHEND')
    .addOption(ledgerOption())
    .option('--json', 'as JSON, each with the row as it was')
    .action(async (batchId: string, options: { ledger: number; json?: boolean }) => {
      const rejects = await withService('monthend rejects', (client) =>
        listRejects(client, { batchId, ledgerId: options.ledger }));
      if (options.json) {
        console.log(JSON.stringify(rejects));
        return;
      }
      console.log(formatTable(
        ['source', 'id', 'amount', 'currency', 'rule', 'reason', 'file and line', 'state'],
        rejects.map((reject) => [
          reject.source, reject.source_id, reject.amount && grouped(reject.amount), reject.currency, reject.rule,
          reject.reason, reject.file_name === null ? '' : `${reject.file_name}:${reject.import_line}`, reject.state,
        ]),
      ));
    });
  example(command, 'monthend rejects 2003-01-MONTHEND');
}
