import { columnList, refusal } from '../header.ts';
import { hasShortYear } from '../mapping/date-patterns.ts';
import { parseMapping } from '../mapping/read-mapping.ts';
import type { Mapping } from '../mapping/schema.ts';
import { type ColumnEvidence, currencySigns } from './evidence.ts';
import type { FoundCut } from './find-cut.ts';

/** A mapping that the evidence speaks for, and what it leaves open. */
interface Proposal {
  /** As it is to be written to a file. */
  readonly written: object;
  readonly mapping: Mapping;
  readonly notes: readonly string[];
}

const share = 0.9;
const nameScores = {
  id: [[/\b(id|key)\b|_id$/i, 3], [/number|\bno\b|\bnr\b|ref/i, 3], [/claim|txn|transaction|policy/i, 1]],
  date: [[/date|datum|\bday\b/i, 2], [/received|payment|paid|posting|booking|claim_date/i, 2], [/incident|birth|begin|end/i, -1]],
  amount: [[/amount|betrag|montant|\bsum\b|premium/i, 2], [/paid|close|settle|net/i, 2], [/limit|deduct|number|code|id\b/i, -3]],
  policy: [[/polic|contract|vertrag/i, 3]],
  product: [[/product|coverage|\blob\b/i, 3], [/type/i, 1]],
  costCenter: [[/cost.?cent|branch|region/i, 3]],
  currency: [[/curr|\bccy\b|devise|währung/i, 3]],
} as const satisfies Readonly<Record<string, readonly (readonly [RegExp, number])[]>>;

function scoreOf(name: string, kind: keyof typeof nameScores): number {
  return nameScores[kind].reduce((total, [pattern, points]) => total + (pattern.test(name) ? points : 0), 0);
}

type Ranked = readonly { readonly column: ColumnEvidence; readonly score: number }[];

/** The columns that fit, best first; the order of the file decides between equals. */
function ranked(columns: readonly ColumnEvidence[], kind: keyof typeof nameScores, fits: (column: ColumnEvidence) => number): Ranked {
  return columns.map((column) => ({ column, fit: fits(column), score: fits(column) + scoreOf(column.name, kind) }))
    .filter(({ fit }) => fit > 0).toSorted((a, b) => b.score - a.score);
}

const byName = (columns: readonly ColumnEvidence[], kind: keyof typeof nameScores): ColumnEvidence | undefined =>
  ranked(columns, kind, ({ name }) => Math.max(0, scoreOf(name, kind)))[0]?.column;

const isDate = (column: ColumnEvidence): boolean => column.filled() > 0 && column.dates().fits >= share * column.filled();

function others(kind: string, [chosen, ...rest]: Ranked): string[] {
  if (chosen === undefined || rest.length === 0) return [];
  return [`${kind}: ${JSON.stringify(chosen.column.name)} is chosen; ${rest.map(({ column }) => JSON.stringify(column.name)).join(', ')} would do too`];
}

function needed(path: string, what: string, found: Ranked, header: readonly string[]): ColumnEvidence {
  const [first] = found;
  if (first !== undefined) return first.column;
  throw refusal(`No column of ${path} looks like ${what}; no mapping can be proposed.`, `Its columns: ${columnList(header)}.`,
    'docs/imports.md describes how a mapping is written.');
}

/** Proposes a mapping. Throws an OperatorError where no column could be the date or the amount. */
export function propose(
  path: string, cut: FoundCut, columns: readonly ColumnEvidence[], source: Mapping['source'] | undefined,
): Proposal {
  const notes = [...cut.notes];
  const isClaims = source === undefined ? cut.header.some((name) => /claim|loss|incident|schaden|sinistre/i.test(name)) : source === 'claims';
  if (source === undefined) notes.push(`source: ${isClaims ? 'claims' : 'premiums'}, by the names of the columns; --source says otherwise`);

  const dates = ranked(columns, 'date', (column) => (isDate(column) ? column.dates().fits / column.filled() : 0));
  const date = needed(path, 'a date', dates, cut.header);
  const amounts = ranked(columns, 'amount', (column) => {
    const { fits, signs, hasDecimals } = column.amounts();
    const isAmount = column.filled() > 0 && fits >= share * column.filled() && !isDate(column);
    const isLikely = signs.length > 0 || hasDecimals || scoreOf(column.name, 'amount') > 0;
    return isAmount && isLikely ? 1 + (signs.length > 0 ? 1 : 0) + (hasDecimals ? 1 : 0) : 0;
  });
  const amount = needed(path, 'an amount', amounts, cut.header);
  const ids = ranked(columns.filter((column) => column !== date && column !== amount), 'id',
    (column) => (column.filled() === 0 ? 0 : column.isUnique() === false ? 0.1 : 3));
  const id = needed(path, 'an id', ids, cut.header);
  if (id.isUnique() === false) {
    notes.push(`id: no column has a value of its own in each row; ${JSON.stringify(id.name)} repeats: join several, such as "from": ["A", "B"], "joinWith": "/"`);
  } else if (id.isUnique() === undefined) notes.push(`id: ${JSON.stringify(id.name)} has too many values to say that none repeats`);
  notes.push(...others('date', dates), ...others('amount', amounts));

  const written = mappingText(cut, columns, isClaims, { id, date, amount }, notes);
  return { written, mapping: parseMapping('the proposal', JSON.stringify(written)), notes };
}

interface Chosen { readonly id: ColumnEvidence; readonly date: ColumnEvidence; readonly amount: ColumnEvidence }

function dateField(date: ColumnEvidence, notes: string[]): object {
  const { patterns, note } = date.dates();
  if (note !== undefined) notes.push(`AMBIGUOUS: ${note}`);
  const hasShortYears = patterns.some(hasShortYear);
  if (hasShortYears) notes.push(`${date.name}: twoDigitYearsFrom 1970 is assumed: 70 to 99 are 19.., 00 to 69 are 20..`);
  return { from: date.name, dates: patterns, ...(hasShortYears && { twoDigitYearsFrom: 1970 }) };
}

function amountField(amount: ColumnEvidence, rowCount: number, notes: string[]): object {
  const { decimal, thousands, signs, isAmbiguous } = amount.amounts();
  if (rowCount > amount.filled()) {
    notes.push(`amount: ${rowCount - amount.filled()} rows have none: they would be loaded, and pre-flight rejects them; "required": true keeps them aside`);
  }
  if (isAmbiguous) notes.push(`AMBIGUOUS: ${amount.name}: the values read with a decimal point and with a decimal comma; a point is assumed`);
  return {
    from: amount.name, decimal, thousands,
    ...(signs.length > 0 && { currencySigns: Object.fromEntries(signs.map((sign) => [sign, currencySigns[sign]])) }),
    negatives: ['minus', 'trailing minus', 'parentheses'],
  };
}

function currencyField(columns: readonly ColumnEvidence[], amount: ColumnEvidence, notes: string[]): object {
  const found = columns.find((column) => scoreOf(column.name, 'currency') > 0 && column.filled() > 0 && column.currencies() === column.filled());
  if (found !== undefined) return { from: found.name };
  if (amount.amounts().signs.length > 0) return { signOf: 'amount' };
  notes.push('currency: nothing in the file tells it; XXX stands for it, and pre-flight rejects that: put in the right one');
  return { constant: 'XXX' };
}

function mappingText(
  cut: FoundCut, columns: readonly ColumnEvidence[], isClaims: boolean, { id, date, amount }: Chosen, notes: string[],
): object {
  const rest = columns.filter((column) => column !== id && column !== date && column !== amount);
  const optional = Object.entries({ policy_number: 'policy', product_code: 'product', cost_center: 'costCenter' } as const)
    .flatMap(([key, kind]) => {
      const column = byName(rest, kind);
      if (column !== undefined) return [[key, { from: column.name }] as const];
      if (kind !== 'policy') notes.push(`${key}: no column has such a name; pre-flight rejects rows without it: add a constant or a column`);
      return [];
    });
  const fields = Object.fromEntries<object>(optional);
  if (fields.product_code !== undefined) notes.push('product_code: the file\'s own words; values maps them to products of the books');
  const missing = [...new Set(columns.flatMap((column) => column.marks()))];
  return {
    schema: 'monthend.mapping/1', source: isClaims ? 'claims' : 'premiums', encoding: cut.encoding, delimiter: cut.delimiter,
    headerLine: cut.headerLine, header: cut.header, missing,
    columns: {
      [isClaims ? 'claim_id' : 'txn_id']: { from: id.name }, ...fields,
      [isClaims ? 'claim_date' : 'payment_date']: dateField(date, notes),
      amount: amountField(amount, Math.max(...columns.map((column) => column.filled())), notes), currency: currencyField(columns, amount, notes),
    },
  };
}
