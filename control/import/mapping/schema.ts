import { z } from 'zod';
import { negatives } from './amounts.ts';
import { compileDatePattern } from './date-patterns.ts';
import { encodings } from './encoding.ts';

// The form of a mapping file. docs/imports.md describes each field for those who write one.

const name = z.string().min(1).max(200);
const names = z.union([name, z.array(name).min(1)]);
const marks = z.array(z.string().max(40));

const textColumn = z.strictObject({
  from: names.optional(),
  constant: name.optional(),
  joinWith: z.string().max(20).optional(),
  prefix: name.optional(),
  values: z.record(z.string(), name).optional(),
  otherwise: name.optional(),
  default: name.optional(),
  missing: marks.optional(),
  required: z.boolean().optional(),
});

const dateColumn = z.strictObject({
  from: name,
  dates: z.array(name).min(1),
  twoDigitYearsFrom: z.int().min(1900).max(2100).optional(),
  earliest: z.iso.date().optional(),
  latest: z.iso.date().optional(),
  missing: marks.optional(),
}).superRefine((column, context) => {
  column.dates.forEach((pattern, at) => {
    try {
      compileDatePattern(pattern, column.twoDigitYearsFrom);
    } catch (error) {
      context.addIssue({ code: 'custom', path: ['dates', at], message: error instanceof Error ? error.message : String(error) });
    }
  });
});

const amountColumn = z.strictObject({
  from: name,
  decimal: z.enum(['.', ',']).default('.'),
  thousands: z.enum([',', '.', ' ', '\'', '’', '\u00a0', '\u202f']).optional(),
  currencySigns: z.record(z.string().min(1).max(10), name).default({}),
  negatives: z.array(z.enum(negatives)).default(['minus']),
  missing: marks.optional(),
  required: z.boolean().default(false),
}).refine((column) => column.thousands !== column.decimal, {
  path: ['thousands'], message: 'the decimal and the thousands mark must differ',
});

const currencyColumn = textColumn.extend({ signOf: z.literal('amount').optional() });

const shared = {
  policy_number: textColumn.optional(),
  product_code: textColumn.optional(),
  amount: amountColumn,
  currency: currencyColumn,
  cost_center: textColumn.optional(),
};

const common = {
  schema: z.literal('monthend.mapping/1'),
  about: z.string().optional(),
  encoding: z.enum(encodings).default('utf-8'),
  delimiter: z.enum([',', ';', '\t', '|', ':']).default(','),
  headerLine: z.int().min(1).max(1000).default(1),
  header: z.array(name).min(1).max(1000),
  allowOtherColumns: z.boolean().default(false),
  missing: marks.default([]),
  skip: z.strictObject({
    linesAfterHeader: z.int().min(0).max(1000).default(0),
    blankRows: z.boolean().default(true),
    repeatedHeaders: z.boolean().default(true),
  }).prefault({}),
};

const premiums = z.strictObject({
  ...common, source: z.literal('premiums'),
  columns: z.strictObject({ txn_id: textColumn, payment_date: dateColumn, ...shared }),
});
const claims = z.strictObject({
  ...common, source: z.literal('claims'),
  columns: z.strictObject({ claim_id: textColumn, claim_date: dateColumn, ...shared }),
});

export type TextColumn = z.output<typeof currencyColumn>;
export type DateColumn = z.output<typeof dateColumn>;
export type AmountColumn = z.output<typeof amountColumn>;
export type Mapping = z.output<typeof premiums> | z.output<typeof claims>;
export type MappedColumn = TextColumn | DateColumn | AmountColumn;

/** The columns of ours that a text identifies a transaction by. */
export const idColumns: readonly string[] = ['txn_id', 'claim_id'];

/** What a column names in the file. */
export function sourceNames(column: MappedColumn): readonly string[] {
  const { from } = column as TextColumn;
  return from === undefined ? [] : typeof from === 'string' ? [from] : from;
}

function checkTextColumn(key: string, column: TextColumn, hasSigns: boolean, report: (path: string[], message: string) => void): void {
  const ways = [column.from, column.constant, column.signOf].filter((way) => way !== undefined);
  if (ways.length !== 1) {
    report([], `needs exactly one of from, constant${key === 'currency' ? ', signOf' : ''}`);
  }
  for (const field of ['joinWith', 'prefix', 'values', 'missing'] as const) {
    if (column[field] !== undefined && column.from === undefined) report([field], 'goes with from only');
  }
  if (Array.isArray(column.from) && column.from.length > 1 && column.joinWith === undefined) {
    report(['from'], 'several columns need joinWith, the text between them');
  }
  if (column.otherwise !== undefined && column.values === undefined) report(['otherwise'], 'goes with values only');
  if (column.required && column.default !== undefined) report(['required'], 'goes not with default: it would never be missing');
  if (column.signOf !== undefined && !hasSigns) report(['signOf'], 'columns.amount has no currencySigns');
  if (idColumns.includes(key)) {
    for (const field of ['constant', 'default', 'otherwise'] as const) {
      if (column[field] !== undefined) report([field], 'an id is a row\'s own: no constant, default or otherwise');
    }
  }
}

/** The whole form; what zod's shapes can't say is checked once they hold. */
export const mappingSchema = z.discriminatedUnion('source', [premiums, claims]).superRefine((mapping, context) => {
  const report = (path: (string | number)[], message: string): void => context.addIssue({ code: 'custom', path, message });
  mapping.header.forEach((column, at) => {
    if (mapping.header.indexOf(column) !== at) report(['header', at], `${JSON.stringify(column)} stands twice`);
  });
  for (const [key, column] of Object.entries(mapping.columns) as [string, MappedColumn][]) {
    for (const source of sourceNames(column)) {
      if (!mapping.header.includes(source)) report(['columns', key, 'from'], `${JSON.stringify(source)} is not in header`);
    }
    if (key === 'amount' || 'dates' in column) continue;
    const hasSigns = Object.keys(mapping.columns.amount.currencySigns).length > 0;
    checkTextColumn(key, column, hasSigns, (path, message) => report(['columns', key, ...path], message));
  }
});
