import { printable } from './format.ts';

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return printable(value);
  return value instanceof Date ? value.toISOString() : JSON.stringify(value);
}

const isNumeric = (text: string): boolean => /^-?[\d,]+(\.\d+)?$/.test(text) || text === '';

/** Rows as an aligned table, numbers to the right, with the number of rows below. */
export function formatTable(names: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const cells = rows.map((row) => row.map(cell));
  const widths = names.map((name, at) =>
    cells.reduce((width, row) => Math.max(width, (row[at] ?? '').length), name.length),
  );
  const toRight = names.map((_, at) => rows.length > 0 && cells.every((row) => isNumeric(row[at] ?? '')));
  const line = (values: readonly string[]): string =>
    values
      .map((value, at) => (toRight[at] ? value.padStart(widths[at] ?? 0) : value.padEnd(widths[at] ?? 0)))
      .join(' | ')
      .trimEnd();
  return [
    line(names),
    widths.map((width) => '-'.repeat(width)).join('-+-'),
    ...cells.map(line),
    `(${rows.length} ${rows.length === 1 ? 'row' : 'rows'})`,
  ].join('\n');
}
