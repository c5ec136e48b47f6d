import { judgeRecords, type SkipRule } from '../file-format.ts';
import { charsetOf } from '../mapping/encoding.ts';
import type { Fault } from '../mapping/map-row.ts';
import type { Mapping } from '../mapping/schema.ts';
import { columnEvidence } from './evidence.ts';
import { findCut } from './find-cut.ts';
import { propose } from './propose.ts';
import { readRecords } from './read-records.ts';

/** What a file looks like, and what its import by the proposed mapping would do. Nothing is changed. */
export interface Inspection {
  readonly file: string;
  readonly mapping: object;
  readonly notes: readonly string[];
  readonly columns: readonly string[];
  /** The first rows, as our columns or with what is wrong. */
  readonly preview: readonly { readonly line: number; readonly values?: readonly string[]; readonly fault?: Fault }[];
  /** With skipped these are all lines of the file. What is in the database already isn't looked at. */
  readonly lines: number;
  readonly fit: number;
  readonly refused: readonly { readonly rule: string; readonly column: string; readonly rows: number; readonly first: string }[];
  readonly skipped: Readonly<Partial<Record<SkipRule, number>>>;
}

const previewRows = 5;
const columnsOf = (source: Mapping['source']): readonly string[] => [
  ...(source === 'claims' ? ['claim_id'] : ['txn_id']), 'policy_number', 'product_code',
  source === 'claims' ? 'claim_date' : 'payment_date', 'amount', 'currency', 'cost_center',
];

/** Reads a file three times, in memory that doesn't grow with it, and proposes a mapping. */
export async function inspectFile(path: string, source?: Mapping['source']): Promise<Inspection> {
  const cut = await findCut(path);
  const { decode } = charsetOf(cut.encoding);
  const evidence = cut.header.map(columnEvidence);
  await readRecords(path, cut, (records) => {
    for (const { fields, defect } of records) {
      const cells = fields.map((field) => decode(field).trim());
      const isHeader = cells.every((cell, at) => cell === cut.header[at]);
      if (defect === undefined && cells.length === evidence.length && !isHeader) cells.forEach((cell, at) => evidence[at]?.add(cell));
    }
  });
  const { written, mapping, notes } = propose(path, cut, evidence, source);
  return { file: path, mapping: written, notes, columns: columnsOf(mapping.source), ...await tryMapping(path, mapping, cut.header) };
}

type Tried = Pick<Inspection, 'preview' | 'lines' | 'fit' | 'refused' | 'skipped'>;

async function tryMapping(path: string, mapping: Mapping, header: readonly string[]): Promise<Tried> {
  const judge = judgeRecords(mapping, header, columnsOf(mapping.source));
  const preview: Inspection['preview'][number][] = [];
  const refused = new Map<string, { rule: string; column: string; rows: number; first: string }>();
  const skipped: Partial<Record<SkipRule, number>> = {};
  const skip = (rule: SkipRule, lines: number): void => {
    if (lines > 0) skipped[rule] = (skipped[rule] ?? 0) + lines;
  };
  let [fit, records] = [0, 0];
  const { lines, blank } = await readRecords(path, mapping, (found) => {
    records += found.length;
    for (const record of found) {
      const judged = judge(record);
      if ('skipped' in judged) {
        skip(judged.skipped, 1);
        continue;
      }
      if (preview.length < previewRows) preview.push({ line: record.line, ...judged });
      if ('values' in judged) {
        fit += 1;
        continue;
      }
      const { rule, column = '', reason } = judged.fault;
      const key = `${rule} ${column}`;
      const known = refused.get(key) ?? { rule, column, rows: 0, first: `line ${record.line}: ${reason}` };
      refused.set(key, { ...known, rows: known.rows + 1 });
    }
  });
  skip('before_header', mapping.headerLine - 1);
  skip('header', 1);
  skip('blank', blank);
  skip('continued', lines - blank - records);
  return { preview, lines: lines + mapping.headerLine, fit, refused: [...refused.values()], skipped };
}
