import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import {
  copyIntoStaging, type ImportSource, type LoadedImport, loadImport, startImport,
} from '../database/import.ts';
import { inTransaction } from '../database/query.ts';
import { decompress } from './decompress.ts';
import { mappedFormat, ownFormat, type SkipRule } from './file-format.ts';
import { refusal } from './header.ts';
import type { Mapping } from './mapping/schema.ts';
import { type FileFacts, stagingLines } from './staging-lines.ts';

/** A file to import: CSV or gzip of it, from wherever. */
interface ImportInput {
  /** What the file is called in the books. */
  readonly name: string;
  readonly stream: AsyncIterable<Buffer>;
}

/** How far an import is: bytes of the file as it comes (compressed), and data lines of it. */
export interface ImportProgress {
  readonly stage: 'reading' | 'loading';
  readonly bytes: number;
  readonly lines: number;
}

export interface ImportOptions {
  /** How a foreign layout becomes ours; undefined: the file is in the project's own form. */
  readonly mapping?: Mapping | undefined;
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
  /** Lines that are no rows, by the rule that says so; with line_count they are all lines of the file. */
  readonly skipped: Readonly<Partial<Record<SkipRule, string>>>;
}

/** What mappings call the sources. */
const sourceNames: Readonly<Record<ImportSource, Mapping['source']>> = { PREMIUM: 'premiums', CLAIM: 'claims' };

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
  const facts: FileFacts = { sha256: '', lines: 0, skipped: {} };
  const { mapping } = options;
  if (mapping !== undefined && mapping.source !== sourceNames[source]) {
    throw refusal(`The mapping is for ${mapping.source}; nothing of ${input.name} was loaded.`,
      `The file was to be imported as ${sourceNames[source]}.`, 'Take the mapping for them, or import them as what the mapping says.');
  }
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
      (content) => stagingLines(
        input.name, content, mapping === undefined ? ownFormat(columns) : mappedFormat(mapping, columns), facts,
      ),
      copyIntoStaging(client, mapping !== undefined),
      { signal: options.signal },
    );
    report('loading');
    return loadImport(client, source, { name: input.name, sha256: facts.sha256, skipped: facts.skipped, mapping });
  });
  const skipped = Object.fromEntries(Object.entries(facts.skipped).map(([rule, lines]) => [rule, String(lines)]));
  return { file: input.name, source, sha256: facts.sha256, ...loaded, skipped };
}
