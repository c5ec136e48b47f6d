import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type pg from 'pg';
import * as database from '../database/batch.ts';
import { typed } from '../output/format.ts';
import { printFindings, printReport } from '../output/print-report.ts';
import { createProgressView } from '../output/progress.ts';
import { watchScreen } from '../screen/watch.ts';
import { withService } from '../database/session.ts';
import { formatTable } from '../output/table.ts';
import { example, ledgerOption } from './options.ts';

interface StatusOptions {
  readonly ledger: number;
  readonly watch?: boolean;
  readonly json?: boolean;
}

const lookEveryMs = 500;
const shown = 20;

async function watch(client: pg.Client, key: database.BatchKey): Promise<void> {
  const view = createProgressView(key.batchId);
  for (;;) {
    const progress = await database.readProgress(client, key);
    if (progress === undefined || database.ended.has(progress.status)) break;
    view.show(progress);
    await sleep(lookEveryMs);
  }
  view.end();
}

async function status(batchId: string | undefined, options: StatusOptions): Promise<void> {
  await withService('monthend status', async (client, server) => {
    if (batchId === undefined && options.watch && process.stdout.isTTY && !options.json) {
      await watchScreen(server.serviceUrl, options.ledger);
      return;
    }
    const current = options.watch ? await database.currentBatch(client, options.ledger) : undefined;
    const meant = batchId ?? current?.batchId;
    if (meant === undefined) {
      const batches = await database.listBatches(client, { ledgerId: options.ledger, limit: shown });
      if (options.json) {
        console.log(JSON.stringify(batches));
      } else {
        console.log(formatTable(
          ['batch', 'attempt', 'status', 'posted', 'rejected', 'set aside', 'opened', 'committed', 'next'],
          batches.map((each) => [
            each.batch_id, each.attempt, each.status, each.posted_count, each.rejected_count, each.set_aside_count,
            each.opened_at, each.committed_at, each.next_call,
          ]),
        ));
      }
      return;
    }
    const key = { batchId: meant, ledgerId: options.ledger };
    const { status: found } = await database.findBatch(client, key);
    if (options.watch && !database.ended.has(found)) {
      if (process.stdout.isTTY && !options.json) await watchScreen(server.serviceUrl, key);
      else await watch(client, key);
    }
    const report = await database.readReport(client, key);
    if (options.json) {
      console.log(JSON.stringify(report));
      return;
    }
    printReport(report);
    printFindings(await database.listResults(client, key));
    const { next_call: next } = await database.findBatch(client, key);
    if (next !== null) console.log(`\nNext: ${typed(`resume ${meant}`, options.ledger)}    or in psql: ${next}`);
  });
}

/** Adds `status`. */
export function register(program: Command): void {
  const command = program
    .command('status')
    .description('the latest batches, or the report of one')
    .argument('[batch]', 'a batch id, such as 2003-01-MONTHEND')
    .option('--watch', 'follow the batch until it has ended: the whole screen of a terminal, else a line a step; without a batch the running one, else the newest, and on a terminal the next ones too')
    .addOption(ledgerOption())
    .option('--json', 'as JSON; of one batch: schema monthend.report/1')
    .action(status);
  example(command, 'monthend status', 'monthend status 2003-01-MONTHEND --watch', 'monthend status --watch');
}
