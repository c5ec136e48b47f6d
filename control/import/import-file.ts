import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import {
  copyIntoStaging, type ImportSource, type LoadedImport, loadImport, startImport,
} from '../database/import.ts';
import { inTransaction } from '../database/query.ts';
import { decompress } from './decompress.ts';
import { type FileFacts, stagingLines } from './staging-lines.ts';

/** A file to import: CSV or gzip of it, from wherever. */
export interface ImportInput {
  /** What the file is called in the books. */
  readonly name: string;
  readonly stream: Readable;
}

/** How far an import is: bytes of the file as it comes (compressed), and data lines of it. */
export interface ImportProgress {
  readonly stage: 'reading' | 'loading';
  readonly bytes: number;
  readonly lines: number;
}

export interface ImportOptions {
  /** Called for each piece of the file; what it shows how often is its own business. */
  readonly onProgress?: (progress: ImportProgress) => void;
  /** Gives up: nothing is loaded. */
  readonly signal?: AbortSignal;
}

/** What became of a file. Counts are text; late: rows in periods that have been closed before. */
export interface ImportOutcome extends LoadedImport {
  readonly file: string;
  readonly source: ImportSource;
  readonly sha256: string;
}

/**
 * Imports one file in one transaction of the caller's session, in memory that doesn't grow with the
 * file: streamed into a staging table, then checked and loaded by one database function. Lines that
 * can't be stored are kept aside in subledger.import_reject and don't stop the others.
 * @throws OperatorError (exit code 5) where the file is refused as a whole: header, damaged gzip, empty.
 * Whatever is thrown, nothing was loaded and the same file can be imported again.
 */
export async function importFile(
  client: pg.ClientBase, source: ImportSource, input: ImportInput, options: ImportOptions = {},
): Promise<ImportOutcome> {
  const facts: FileFacts = { sha256: '', lines: 0 };
  let bytes = 0;
  const report = (stage: ImportProgress['stage']): void => options.onProgress?.({ stage, bytes, lines: facts.lines });

  const loaded = await inTransaction(client, async () => {
    const columns = await startImport(client, source);
    await pipeline(
      input.stream,
      async function* counted(pieces: AsyncIterable<Buffer>) {
        for await (const piece of pieces) {
          bytes += piece.length;
          yield piece;
          report('reading');
        }
      },
      (pieces) => decompress(input.name, pieces),
      (content) => stagingLines(input.name, content, columns, facts),
      copyIntoStaging(client),
      { signal: options.signal },
    );
    report('loading');
    return loadImport(client, source, input.name, facts.sha256);
  });
  return { file: input.name, source, sha256: facts.sha256, ...loaded };
}
