import type pg from 'pg';
import { z } from 'zod';

/** What a wrapper needs of a session or pool; the caller owns it. */
export type Queryable = Pick<pg.ClientBase, 'query'>;

/** All rows, each parsed. */
export async function rows<Row extends z.ZodType>(
  client: Queryable, schema: Row, text: string, values: readonly unknown[] = [],
): Promise<z.output<Row>[]> {
  const result = await client.query(text, [...values]);
  return z.array(schema).parse(result.rows);
}

const pageRows = 1_000;

/** The rows of a query of any length, page by page, in a transaction that reads one snapshot and ends with the last page. */
export async function* pages<Row extends z.ZodType>(
  client: Queryable, schema: Row, text: string, values: readonly unknown[] = [],
): AsyncGenerator<z.output<Row>[]> {
  await client.query('begin read only');
  await client.query(`declare page no scroll cursor for ${text}`, [...values]);
  for (;;) {
    const page = await rows(client, schema, `fetch ${pageRows} from page`);
    if (page.length > 0) yield page;
    if (page.length < pageRows) break;
  }
  await client.query('commit');
}

/** The one row that the statement must give. */
export async function row<Row extends z.ZodType>(
  client: Queryable, schema: Row, text: string, values: readonly unknown[] = [],
): Promise<z.output<Row>> {
  const [first, ...others] = await rows(client, schema, text, values);
  if (first === undefined || others.length > 0) {
    throw new Error(`One row was expected, ${others.length + (first === undefined ? 0 : 1)} came: ${text}`);
  }
  return first;
}

/** The one value of the one row, which the statement calls `value`: for functions that return one. */
export async function value<Value extends z.ZodType>(
  client: Queryable, schema: Value, text: string, values: readonly unknown[] = [],
): Promise<z.output<Value>> {
  const found = await row(client, z.object({ value: z.unknown() }), text, values);
  return schema.parse(found.value);
}

/** A count or an id: bigint arrives as text and stays text. */
export const bigint = z.string().regex(/^-?\d+$/);
/** An amount: numeric arrives as text and stays text. */
export const money = z.string().regex(/^-?\d+(\.\d+)?$|^NaN$|^-?Infinity$/);

/** Ends a transaction that has failed. */
export async function rollback(client: Queryable): Promise<void> {
  await client.query('rollback');
}

/** One transaction around a task; rolled back, and the session usable again, when the task fails. */
export async function inTransaction<Result>(client: Queryable, task: () => Promise<Result>): Promise<Result> {
  await client.query('begin isolation level read committed');
  try {
    const result = await task();
    await client.query('commit');
    return result;
  } catch (error) {
    // Fails where the session is gone, and then there is nothing left to roll back.
    await rollback(client).catch(() => undefined);
    throw error;
  }
}
