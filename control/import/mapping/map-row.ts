import { compileAmount } from './amounts.ts';
import { compileDatePattern, readDate } from './date-patterns.ts';
import { type AmountColumn, type DateColumn, idColumns, type MappedColumn, type Mapping, type TextColumn } from './schema.ts';

/** Why a row is kept aside; column is that of the file. */
export interface Fault {
  readonly rule: string;
  readonly column: string | undefined;
  readonly reason: string;
}

/** Our columns of a row in their order, empty where missing; or why there is no row. */
export type MappedRow = { readonly values: readonly string[] } | { readonly fault: Fault };

type Cell = { readonly value: string; readonly currency?: string } | { readonly fault: Fault };
type ReadCell = (cells: readonly string[]) => Cell;

const quoted = (text: string): string => `'${text.length > 60 ? `${text.slice(0, 60)}…` : text}'`;
const fault = (rule: string, column: string | undefined, reason: string): { fault: Fault } => ({ fault: { rule, column, reason } });
const longestText = 200;

interface Sources {
  /** The trimmed text of a column of the file, empty where it is a mark that means missing. */
  readonly text: (cells: readonly string[], name: string) => string;
}

function sourcesOf(header: readonly string[], missing: readonly string[]): Sources {
  const marks = new Set(missing);
  const places = new Map(header.map((name, at) => [name, at]));
  return {
    text(cells, name) {
      const text = (cells[places.get(name) ?? -1] ?? '').trim();
      return marks.has(text) ? '' : text;
    },
  };
}

function textReader(key: string, column: TextColumn, { text }: Sources): ReadCell {
  const isId = idColumns.includes(key);
  const names = column.from === undefined ? [] : typeof column.from === 'string' ? [column.from] : column.from;
  const values = column.values === undefined ? undefined : new Map(Object.entries(column.values));
  const shown = names.join(', ');

  function missing(): Cell {
    if (column.default !== undefined) return { value: column.default };
    if (isId) return fault('ID_MISSING', shown, 'the id is missing');
    return column.required ? fault('VALUE_MISSING', shown, 'the value is missing') : { value: '' };
  }
  return (cells) => {
    if (column.constant !== undefined) return { value: column.constant };
    const parts = names.map((name) => text(cells, name));
    if (isId ? parts.includes('') : parts.every((part) => part === '')) return missing();
    const joined = parts.join(column.joinWith ?? '');
    const mapped = values === undefined ? joined : values.get(joined) ?? column.otherwise;
    if (mapped === undefined) {
      return fault('VALUE_UNKNOWN', shown, `${quoted(joined)} is none of the values that the mapping knows for ${key}`);
    }
    const value = `${column.prefix ?? ''}${mapped}`;
    return value.length > longestText
      ? fault('TEXT_TOO_LONG', shown, `${value.length} characters; ${longestText} are allowed`) : { value };
  };
}

function dateReader(column: DateColumn, { text }: Sources): ReadCell {
  const patterns = column.dates.map((pattern) => compileDatePattern(pattern, column.twoDigitYearsFrom));
  return (cells) => {
    const date = text(cells, column.from);
    if (date === '') return fault('DATE_MISSING', column.from, 'the date is missing');
    const read = readDate(date, patterns);
    if ('day' in read) {
      const { earliest = read.day, latest = read.day } = column;
      return read.day < earliest || read.day > latest
        ? fault('DATE_OUT_OF_RANGE', column.from, `${read.day} is not from ${column.earliest ?? 'ever'} to ${column.latest ?? 'ever'}`)
        : { value: read.day };
    }
    return read.problem === 'none'
      ? fault('DATE_FORM', column.from, `${quoted(date)} is no date of the form ${column.dates.join(' or ')}`)
      : fault('DATE_AMBIGUOUS', column.from, `${quoted(date)} reads as ${read.readings.join(' and as ')}`);
  };
}

function amountReader(column: AmountColumn, { text }: Sources): ReadCell {
  const parse = compileAmount(column);
  return (cells) => {
    const written = text(cells, column.from);
    if (written === '') {
      return column.required ? fault('AMOUNT_MISSING', column.from, 'the amount is missing') : { value: '' };
    }
    const read = parse(written);
    if (read === undefined) return fault('AMOUNT_FORM', column.from, `${quoted(written)} is no amount in the form of the mapping`);
    if (read.amount.length > longestText) {
      return fault('AMOUNT_FORM', column.from, `${read.amount.length} digits; ${longestText} are allowed`);
    }
    return { value: read.amount, ...(read.currency !== undefined && { currency: read.currency }) };
  };
}

function readerOf(key: string, column: MappedColumn, sources: (marks?: readonly string[]) => Sources): ReadCell {
  if ('dates' in column) return dateReader(column, sources(column.missing));
  if (key === 'amount') return amountReader(column as AmountColumn, sources(column.missing));
  return textReader(key, column, sources(column.missing));
}

/** The currency that the amount's sign means; an amount without a sign has the default, if there is one. */
function currencyOfSign(column: TextColumn, amountFrom: string, amount: Cell): Cell {
  const sign = 'currency' in amount ? amount.currency : undefined;
  const value = sign ?? column.default;
  if (value !== undefined) return { value };
  return column.required ? fault('VALUE_MISSING', amountFrom, 'the amount has no currency sign') : { value: '' };
}

/**
 * Compiles a mapping for the header of a file: what it returns takes the cells of a row and gives our
 * columns in the order of `columns`, or the first thing that is wrong.
 */
export function compileMapping(
  mapping: Mapping, header: readonly string[], columns: readonly string[],
): (cells: readonly string[]) => MappedRow {
  const sources = (marks: readonly string[] = mapping.missing): Sources => sourcesOf(header, marks);
  const ours = mapping.columns as Readonly<Record<string, MappedColumn | undefined>>;
  const readers = columns.map((key): { key: string; read: ReadCell } => {
    const column = ours[key];
    return { key, read: column === undefined ? () => ({ value: '' }) : readerOf(key, column, sources) };
  });
  const { amount: amountColumn, currency } = mapping.columns;
  const amountAt = columns.indexOf('amount');

  return (cells) => {
    if (cells.length !== header.length) {
      return fault('COLUMN_COUNT', undefined, `${cells.length} columns; the header has ${header.length}`);
    }
    const read: Cell[] = [];
    for (const { key, read: readCell } of readers) {
      const cell = key === 'currency' && currency.signOf !== undefined
        ? currencyOfSign(currency, amountColumn.from, read[amountAt] ?? { value: '' }) : readCell(cells);
      if ('fault' in cell) return cell;
      read.push(cell);
    }
    return { values: read.map((cell) => ('value' in cell ? cell.value : '')) };
  };
}
