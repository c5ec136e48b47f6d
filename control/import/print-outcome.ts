import type { ErrorReport } from '../error-report.ts';
import { printable, typed } from '../output/format.ts';
import { grouped } from '../output/print-report.ts';
import { formatTable } from '../output/table.ts';
import type { ImportOutcome } from './import-file.ts';

/** One of the two: what became of a file, or why it was refused. */
export interface ImportResult {
  readonly file: string;
  readonly outcome?: ImportOutcome;
  readonly error?: ErrorReport;
}

const shownRejects = 5;

/** What `import --json` prints: schema `monthend.import/1`; counts are text. */
export function importJson(results: readonly ImportResult[]): object {
  return {
    schema: 'monthend.import/1',
    files: results.map(({ file, outcome, error }) =>
      outcome === undefined
        ? { file, status: 'REFUSED', message: error?.message, detail: error?.detail, hint: error?.hint }
        : { status: outcome.is_repeat ? 'REPEAT' : 'IMPORTED', ...outcome }),
  };
}

function noteLines(outcome: ImportOutcome): string[] {
  const lines: string[] = [];
  if (outcome.is_repeat) lines.push(`${outcome.file}: imported before, as import ${outcome.import_id}; nothing changed`);
  for (const { ledger_id: ledgerId, period, state, row_count } of outcome.late) {
    const what = `${outcome.file}: ${row_count} ${row_count === 1 ? 'row lies' : 'rows lie'} in ${period}, which is ${state}`;
    lines.push(state === 'LOCKED'
      ? `WARNING: ${what}: no batch will post them`
      : `${what}: when it is CLOSED, type: ${typed(`close ${period} --supplement`, ledgerId)}`);
  }
  const ofRules = Object.entries(outcome.skipped).filter(([rule]) => rule !== 'header');
  if (ofRules.length > 0) {
    lines.push(`${outcome.file}: passed over beside the header: ${ofRules.map(([rule, count]) => `${grouped(count)} ${rule}`).join(', ')}`);
  }
  return lines;
}

function rejectLines(outcome: ImportOutcome): string[] {
  if (outcome.rejects.length === 0) return [];
  const shown = outcome.rejects.slice(0, shownRejects);
  const lines = [`WARNING: ${outcome.file}: ${outcome.rejected_count} of ${outcome.line_count} lines were kept aside:`];
  for (const { line, column, rule, reason } of shown) {
    lines.push(`  line ${line}${column === null ? '' : `, ${column}`}: ${reason} (${rule})`);
  }
  const more = BigInt(outcome.rejected_count) - BigInt(shown.length);
  if (more > 0n) lines.push(`  and ${more} more`);
  // A repeat leaves no rows of its own: its rejects are those of the import that had read it.
  lines.push(
    `  all: ./monthend sql -c 'select * from subledger.import_reject where import_id = ${outcome.import_id}'`,
  );
  return lines;
}

/** Prints a table of the files that were read, and below it what is to be known of them. */
export function printImports(results: readonly ImportResult[]): void {
  const outcomes = results.flatMap(({ outcome }) => (outcome === undefined ? [] : [outcome]));
  if (outcomes.length === 0) return;
  console.log(formatTable(
    ['file', 'lines', 'loaded', 'unchanged', 'corrected', 'conflicts', 'rejected'],
    outcomes.map((each) => [
      each.file,
      ...[each.line_count, each.loaded_count, each.unchanged_count, each.corrected_count, each.conflict_count,
        each.rejected_count].map(grouped),
    ]),
  ));
  for (const line of outcomes.flatMap((each) => [...noteLines(each), ...rejectLines(each)])) console.log(printable(line));
}
