import { styleText } from 'node:util';
import type { Reject, Report, ValidationResult } from '../database/batch.ts';
import type { FileOutcome } from '../database/import.ts';
import type { Balance, Total } from '../database/ledger.ts';
import { formatTable } from './table.ts';

const bold = (text: string): string => styleText('bold', text);
const count = (value: number | null): string => (value === null ? '-' : value.toLocaleString('en'));

/** `1234567.89` as `1,234,567.89`: digits are grouped as text, money never becomes a number. */
export const grouped = (amount: string): string => amount.replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, ',');

function printTable(names: readonly string[], rows: readonly (readonly unknown[])[]): void {
  // Without the number of rows: the tables of a report are short, and read by people.
  console.log(formatTable(names, rows).split('\n').slice(0, -1).map((line) => `  ${line}`).join('\n'));
}

/** A batch for people: state, phases, control figures, digest. */
export function printReport(report: Report): void {
  console.log(bold(`${report.batch_id}: ${report.status}`));
  if (report.phases.length > 0) {
    console.log('\nPhases');
    printTable(['phase', 'seconds'], report.phases.map(({ phase, name, seconds }) => [
      `${phase} ${name}`, seconds?.toFixed(3) ?? 'running',
    ]));
    const rate = report.transactions_per_second === null ? '' : `, ${count(report.transactions_per_second)} transactions/s`;
    if (report.seconds !== null) console.log(`  ${report.seconds.toFixed(3)} s in all${rate}`);
  }
  if (report.control.length > 0) {
    const isPosted = report.status === 'COMMITTED' || report.status === 'COMPLETED';
    const fit = isPosted ? 'posted' : 'fit to post';
    console.log(`\nControl: source = ${fit} + rejected + set aside`);
    printTable(['source', 'currency', '', 'rows', 'amount'], report.control.flatMap((line) => [
      [line.source, line.currency || '(missing)', 'source', count(line.source_count), grouped(line.source_amount)],
      ['', '', fit, count(line.fit_count), grouped(line.fit_amount)],
      ['', '', 'rejected', count(line.rejected_count), grouped(line.rejected_amount)],
      ['', '', 'set aside', count(line.set_aside_count), ''],
    ]));
  }
  if (report.entries !== null) {
    console.log(`\n${count(report.entries)} entries of ${count(report.lines)} lines`);
    for (const [currency, debit] of Object.entries(report.debits)) {
      console.log(`  debits ${grouped(debit)} ${currency} = credits ${grouped(report.credits[currency] ?? '-')} ${currency}`);
    }
  }
  if (report.digest !== null) console.log(`digest ${report.digest}`);
}

/** Each file's rows and what became of them. */
export function printFiles(files: readonly FileOutcome[]): void {
  console.log('\nBy file');
  printTable(['file', 'currency', 'rows', 'amount', 'posted', 'rejected', 'set aside', 'open'], files.map((file) => [
    file.file_name, file.currency, grouped(file.row_count), grouped(file.amount), grouped(file.posted_count),
    grouped(file.rejected_count), grouped(file.set_aside_count), grouped(file.open_count),
  ]));
}

/** How many rows each rule rejected. */
export function printRejectsByReason(rejects: readonly Reject[]): void {
  const byRule = Map.groupBy(rejects, (reject) => reject.rule);
  if (byRule.size === 0) return;
  console.log('\nRejected, by rule');
  printTable(['rule', 'rows', 'for instance'], [...byRule].map(([rule, some]) => [
    rule, some.length, `${some[0]?.source} ${some[0]?.source_id}: ${some[0]?.reason}`,
  ]));
}

/** Trial balance with the totals of each currency. */
export function printTrialBalance(period: string, balances: readonly Balance[], totals: readonly Total[]): void {
  console.log(`\nTrial balance ${period}`);
  printTable(['account', 'name', 'currency', 'debit', 'credit', 'balance'], [
    ...balances.map((line) => [
      line.account_code, line.account_name, line.currency, grouped(line.debit), grouped(line.credit),
      grouped(line.balance),
    ]),
    ...totals.map((line) => ['', 'Total', line.currency, grouped(line.debit), grouped(line.credit), '']),
  ]);
}

/** Validation results that want a look: all that don't pass. */
export function printFindings(results: readonly ValidationResult[]): void {
  const some = results.filter((result) => result.status !== 'PASS');
  if (some.length === 0) return;
  console.log('\nValidation');
  printTable(['status', 'rule', 'expected', 'found', 'detail'], some.map((result) => [
    result.status, result.worker_id === null ? result.rule : `${result.rule} (worker ${result.worker_id})`,
    result.expected, result.actual, result.detail,
  ]));
}
