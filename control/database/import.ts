import type { Writable } from 'node:stream';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { z } from 'zod';
import { bigint, money, type Queryable, row, rows, value } from './query.ts';

/** What files are imported for. */
export type ImportSource = 'PREMIUM' | 'CLAIM';

/** subledger.start_import, in a transaction: makes the staging table, returns the file's columns. */
export function startImport(client: Queryable, source: ImportSource): Promise<string[]> {
  return value(client, z.array(z.string()), 'select subledger.start_import($1) as value', [source]);
}

/** Takes lines of COPY's text format into the staging table of this transaction; those of a mapping have reasons of their own. */
export function copyIntoStaging(client: pg.ClientBase, isMapped = false): Writable {
  return client.query(copyFrom(`
    copy pg_temp.import_line (line_no, column_count, defect, raw, source_id, policy_number, product_code,
      transaction_date, amount, currency, cost_center${isMapped ? ', defect_column, defect_reason' : ''}) from stdin`));
}

export const loaded = z.object({
  import_id: bigint, is_repeat: z.boolean(), line_count: bigint, loaded_count: bigint, unchanged_count: bigint,
  corrected_count: bigint, conflict_count: bigint, rejected_count: bigint,
  rejects: z.array(z.object({
    line: z.number(), column: z.string().nullable(), rule: z.string(), reason: z.string(), raw: z.string(),
  })),
  late: z.array(z.object({ ledger_id: z.number(), period: z.string(), state: z.string(), row_count: z.number() })),
});
export type LoadedImport = z.output<typeof loaded>;

/** What is known of a file when all of it is staged. */
interface StagedFile {
  readonly name: string;
  readonly sha256: string;
  /** Lines that are no rows, by the rule that says so. */
  readonly skipped: Readonly<Record<string, number>>;
  /** The mapping that it was read by, as it is kept with the import. */
  readonly mapping?: object | undefined;
}

/** subledger.load_import: checks what is staged and loads the good rows. M2007 without startImport. */
export function loadImport(client: Queryable, source: ImportSource, file: StagedFile): Promise<LoadedImport> {
  return row(client, loaded, 'select * from subledger.load_import($1, $2, $3, $4, $5)', [
    source, file.name, file.sha256, JSON.stringify(file.skipped),
    file.mapping === undefined ? null : JSON.stringify(file.mapping),
  ]);
}

const fileOutcome = z.object({
  file_name: z.string(), source: z.string(), currency: z.string().nullable(), row_count: bigint, amount: money,
  posted_count: bigint, rejected_count: bigint, set_aside_count: bigint, open_count: bigint,
});
export type FileOutcome = z.output<typeof fileOutcome>;

/** What became of the rows of each file that delivered to a period; money as text. */
export function listFileOutcomes(client: Queryable, period: string, ledgerId: number): Promise<FileOutcome[]> {
  return rows(
    client, fileOutcome,
    `select file_name, source, currency, row_count, month_end.money_text(amount, u.minor_unit) as amount,
            posted_count, rejected_count, set_aside_count, open_count
       from subledger.import_outcome left join books.currency u on u.code = currency
      where period = $1 and ledger_id = $2 order by import_id, currency`,
    [period, ledgerId],
  );
}
