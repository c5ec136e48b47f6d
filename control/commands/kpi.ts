import type { Command } from 'commander';
import { type Kpi, listKpis } from '../database/monitoring.ts';
import { OperatorError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { clock, count, percent, typed } from '../output/format.ts';
import { withService } from '../database/session.ts';
import { formatTable } from '../output/table.ts';
import { example, ledgerOption } from './options.ts';

const shown = 36;
const yes = (value: boolean | null): string => (value === null ? '–' : value ? 'yes' : 'no');
const ratio = (value: number | null): string => (value === null ? '–' : `${value.toFixed(2)} of target`);

function print(kpi: Kpi): void {
  console.log(`${kpi.batch_id}\n`);
  console.log(formatTable(['', 'everything', 'processing'], [
    ['time', clock(kpi.total_seconds), clock(kpi.processing_seconds)],
    ['left of the window', clock(kpi.buffer_seconds), clock(kpi.processing_buffer_seconds)],
    [`on time (${clock(kpi.target_seconds)})`, yes(kpi.is_on_time), yes(kpi.is_processing_on_time)],
    ['transactions/s', count(kpi.transactions_per_second), count(kpi.processing_transactions_per_second)],
    ['', ratio(kpi.throughput_ratio), ratio(kpi.processing_throughput_ratio)],
    ['entries/s', count(kpi.entries_per_second), count(kpi.processing_entries_per_second)],
  ]).split('\n').slice(0, -1).join('\n'));
  console.log(`
throughput   peak ${count(kpi.peak_transactions_per_second)}/s, target ${count(kpi.target_transactions_per_second)}/s
efficiency   a worker ${count(kpi.worker_transactions_per_second)}/s, ${ratio(kpi.worker_ratio)}; sessions busy ${percent(kpi.utilisation_percent)}
latency      chunks p50 ${count(kpi.chunk_p50_ms)}, p95 ${count(kpi.chunk_p95_ms)}, p99 ${count(kpi.chunk_p99_ms)}, max ${count(kpi.chunk_max_ms)} ms; p95 a transaction ${kpi.transaction_p95_ms ?? '–'} ms
quality      ${kpi.failed_validations} failed validations, ${kpi.failed_workers} failed workers, attempt ${kpi.attempts}; ${percent(kpi.success_percent)} of the ledger's batches succeeded
scale        ${count(kpi.transaction_count)} transactions, ${count(kpi.rejected_count)} rejected, ${count(kpi.entry_count)} entries, ${kpi.worker_count} workers, ${kpi.session_count} sessions`);
}

function compare(kpis: readonly Kpi[]): void {
  console.log(formatTable(
    ['batch', 'transactions', 'time', 'processing', 'tx/s', 'processing tx/s', 'a worker', 'p95 chunk ms', 'failed', 'success %', 'on time'],
    kpis.map((kpi) => [
      kpi.batch_id, count(kpi.transaction_count), clock(kpi.total_seconds), clock(kpi.processing_seconds), count(kpi.transactions_per_second),
      count(kpi.processing_transactions_per_second), count(kpi.worker_transactions_per_second), count(kpi.chunk_p95_ms),
      kpi.failed_validations + kpi.failed_workers, kpi.success_percent, yes(kpi.is_on_time),
    ]),
  ));
}

async function kpi(batchId: string | undefined, options: { ledger: number; compare?: boolean; json?: boolean }): Promise<void> {
  if (batchId === undefined && options.compare !== true) {
    throw new OperatorError('Which batch?', { hint: `${typed('status', options.ledger)} shows the batches; over months: ${typed('kpi --compare', options.ledger)}`, exitCode: exitCodes.usage });
  }
  const found = await withService('monthend kpi', (client) => listKpis(client, options.ledger, shown, options.compare === true ? undefined : batchId));
  const [first] = found;
  if (options.json) console.log(JSON.stringify(options.compare === true ? found : (first ?? null)));
  else if (options.compare === true) compare(found);
  else if (first !== undefined) print(first);
  if (first === undefined && options.compare !== true) {
    throw new OperatorError(`There are no key figures of ${batchId}.`, {
      detail: 'They are stored when a batch is complete.', hint: `${typed('status', options.ledger)} shows the batches`, exitCode: exitCodes.runState,
    });
  }
}

/** Adds `kpi`. */
export function register(program: Command): void {
  const command = program
    .command('kpi')
    .description('key figures of a complete batch, by both clocks: everything, and processing alone')
    .argument('[batch]', 'a batch id, such as 2003-01-MONTHEND')
    .option('--compare', 'all batches, the latest first')
    .addOption(ledgerOption())
    .option('--json', 'as JSON')
    .action(kpi);
  example(command, 'monthend kpi 2003-02-MONTHEND', 'monthend kpi --compare');
}
