import { utf8Bytes } from './mapping/encoding.ts';
import type { Fault } from './mapping/map-row.ts';
import type { CsvRecord } from './records.ts';

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

const escaped = (text: string): string => text.replace(/[\\\t\n\r]/g, (char) => escapes[char] ?? char);

/** Bytes that are no text can't be stored as text: what is wrong in them is shown as U+FFFD. */
function readable(bytes: string): string {
  const text = Buffer.from(bytes, 'latin1').toString('utf8').replaceAll('\0', '\uFFFD');
  return Buffer.from(text, 'utf8').toString('latin1');
}

const noValues = (columnCount: number): string => '\t\\N'.repeat(columnCount);

/**
 * A record as a line of COPY's text format for the staging table: line number, number of columns,
 * defect, raw text, then the columns; the columns only where their number is right.
 */
export function copyLine(record: CsvRecord, columnCount: number): string {
  const { line, fields, defect, raw, isPlain } = record;
  if (defect === undefined && fields.length === columnCount) {
    const values = isPlain ? fields : fields.map(escaped);
    return `${line}\t${columnCount}\t\\N\t${raw === undefined ? '\\N' : escaped(raw)}\t${values.join('\t')}\n`;
  }
  const shown = escaped(readable(raw ?? fields.join(',')));
  return `${line}\t${fields.length}\t${defect ?? '\\N'}\t${shown}${noValues(columnCount)}\n`;
}

const nullable = (text: string | undefined): string => (text === undefined ? '\\N' : escaped(text));

/**
 * A row of a foreign layout as a line of COPY's text format, as bytes: the columns as `copyLine` gives
 * them, then the column of the file that is at fault and the reason.
 */
export function mappedLine(
  line: number, raw: string, row: { readonly values: readonly string[] } | { readonly fault: Fault }, columnCount: number,
): string {
  const text = escaped(raw.replaceAll('\0', '\uFFFD'));
  if ('values' in row) {
    return utf8Bytes(`${line}\t${columnCount}\t\\N\t${text}\t${row.values.map(escaped).join('\t')}\t\\N\t\\N\n`);
  }
  const { rule, column, reason } = row.fault;
  return utf8Bytes(`${line}\t${columnCount}\t${rule}\t${text}${noValues(columnCount)}\t${nullable(column)}\t${escaped(reason)}\n`);
}
