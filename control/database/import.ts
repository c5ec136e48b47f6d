import type { Writable } from 'node:stream';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { z } from 'zod';
import { bigint, type Queryable, row, value } from './query.ts';

/** What files are imported for. */
export type ImportSource = 'PREMIUM' | 'CLAIM';

/** subledger.start_import, in a transaction: makes the staging table, returns the file's columns. */
export function startImport(client: Queryable, source: ImportSource): Promise<string[]> {
  return value(client, z.array(z.string()), 'select subledger.start_import($1) as value', [source]);
}

/** Takes lines of COPY's text format into the staging table of this transaction. */
export function copyIntoStaging(client: pg.ClientBase): Writable {
  return client.query(copyFrom('copy pg_temp.import_line from stdin'));
}

const loaded = z.object({
  import_id: bigint, is_repeat: z.boolean(), line_count: bigint, loaded_count: bigint, unchanged_count: bigint,
  corrected_count: bigint, conflict_count: bigint, rejected_count: bigint,
  rejects: z.array(z.object({
    line: z.number(), column: z.string().nullable(), rule: z.string(), reason: z.string(), raw: z.string(),
  })),
  late: z.array(z.object({ period: z.string(), state: z.string(), row_count: z.number() })),
});
export type LoadedImport = z.output<typeof loaded>;

/** subledger.load_import: checks what is staged and loads the good rows. M2007 without startImport. */
export function loadImport(
  client: Queryable, source: ImportSource, fileName: string, sha256: string,
): Promise<LoadedImport> {
  return row(client, loaded, 'select * from subledger.load_import($1, $2, $3)', [source, fileName, sha256]);
}
