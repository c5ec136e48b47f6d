import { Readable } from 'node:stream';
import type pg from 'pg';
import type { ImportSource } from '../../control/database/import.ts';
import { importFile, type ImportOptions, type ImportOutcome } from '../../control/import/import-file.ts';

export const premiumHeader = 'txn_id,policy_number,product_code,payment_date,amount,currency,cost_center';
export const claimHeader = 'claim_id,policy_number,product_code,claim_date,amount,currency,cost_center';

/** Imports a content as it is, in pieces of a size. */
export function importContent(
  client: pg.Client, name: string, content: string | Buffer,
  options: ImportOptions & { source?: ImportSource; pieceBytes?: number } = {},
): Promise<ImportOutcome> {
  const bytes = Buffer.from(content as string);
  const size = options.pieceBytes ?? 65_536;
  const pieces = function* (): Generator<Buffer> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  };
  return importFile(client, options.source ?? 'PREMIUM', { name, stream: Readable.from(pieces()) }, options);
}

/** Imports premium lines under the right header. */
export function importPremiums(client: pg.Client, name: string, lines: readonly string[]): Promise<ImportOutcome> {
  return importContent(client, name, `${[premiumHeader, ...lines].join('\n')}\n`);
}

/** The counts of an outcome, in the order of the table that operators see. */
export const countsOf = (outcome: ImportOutcome): Record<string, number> => ({
  lines: Number(outcome.line_count), loaded: Number(outcome.loaded_count), unchanged: Number(outcome.unchanged_count),
  corrected: Number(outcome.corrected_count), conflicts: Number(outcome.conflict_count),
  rejected: Number(outcome.rejected_count),
});
