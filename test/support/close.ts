import type pg from 'pg';
import { expect } from 'vitest';

// Closes and their phases as a psql would call them.

export interface DatabaseError {
  readonly code: string;
  readonly message: string;
  readonly detail: string;
  readonly hint: string;
}

/** The error of a statement that must fail. */
export async function errorOf(running: Promise<unknown>): Promise<DatabaseError> {
  try {
    await running;
  } catch (error) {
    const { code = '', message = '', detail = '', hint = '' } = error as Partial<DatabaseError>;
    return { code, message, detail, hint };
  }
  throw new Error('The statement succeeded and should have failed.');
}

export interface CloseOptions {
  readonly ledger?: number;
  readonly workers?: number;
  readonly supplement?: boolean;
}

/** The whole close in one session. */
export async function closeMonth(session: pg.Client, period: string, options: CloseOptions = {}): Promise<void> {
  await session.query('call month_end.close($1, $2, $3, $4)', [
    period, options.ledger ?? 1, options.workers ?? null, options.supplement ?? false,
  ]);
}

export async function openBatch(session: pg.Client, period: string, options: CloseOptions = {}): Promise<string> {
  const { rows } = await session.query<{ id: string }>('select month_end.open_batch($1, $2, $3, $4) as id', [
    period, options.ledger ?? 1, options.workers ?? null, options.supplement ?? false,
  ]);
  return rows[0]?.id ?? '';
}

/** Statements that take a batch on, by the state that they start from. */
const steps = [
  ['OPENED', 'call month_end.preflight($1, $2)'],
  ['SCOPED', 'select month_end.allocate_numbers($1, $2)'],
  ['NUMBERED', 'select month_end.launch_workers($1, $2)'],
  ['PROCESSING', 'call month_end.work($1, $2)'],
  ['STAGED', 'select month_end.validate_batch($1, $2)'],
  ['VALIDATED', 'select month_end.commit_batch($1, $2)'],
  ['COMMITTED', 'select month_end.post_process($1, $2)'],
] as const;

export const stepStates = [...steps.map(([state]) => state), 'COMPLETED'] as const;
type StepState = (typeof stepStates)[number];

/** Calls the phases one by one until the batch is in this state. */
export async function bringTo(session: pg.Client, batchId: string, state: StepState, ledger = 1): Promise<void> {
  const from = stepStates.indexOf((await batchOf(session, batchId, ledger)).status as StepState);
  for (const [, statement] of steps.slice(from, stepStates.indexOf(state))) {
    await session.query(statement, [batchId, ledger]);
  }
  expect((await batchOf(session, batchId, ledger)).status).toBe(state);
}

interface BatchRow {
  readonly batch_no: number;
  readonly batch_id: string;
  readonly attempt: number;
  readonly status: string;
  readonly posted_count: string | null;
  readonly rejected_count: string | null;
  readonly set_aside_count: string | null;
  readonly first_number: string | null;
  readonly last_number: string | null;
  readonly worker_count: number | null;
  readonly chunk_count: number | null;
  readonly digest: string | null;
}

/** The latest attempt of a batch. */
export async function batchOf(session: pg.Client, batchId: string, ledger = 1): Promise<BatchRow> {
  const { rows } = await session.query<BatchRow>(
    'select * from month_end.batch where batch_id = $1 and ledger_id = $2 order by attempt desc limit 1',
    [batchId, ledger]);
  const [batch] = rows;
  if (!batch) throw new Error(`no batch ${batchId}`);
  return batch;
}

export async function setSetting(owner: pg.Client, name: string, value: string): Promise<void> {
  const changed = await owner.query('update month_end.setting set value = $2 where name = $1', [name, value]);
  expect(changed.rowCount).toBe(1);
}

/** The first column of the only row. */
export async function one<T>(session: pg.Client, sql: string, parameters: unknown[] = []): Promise<T> {
  const { rows } = await session.query({ text: sql, values: parameters, rowMode: 'array' });
  if (rows.length !== 1) throw new Error(`${rows.length} rows: ${sql}`);
  return (rows[0] as unknown[])[0] as T;
}

/** All rows as arrays, for exact row sets. */
export async function rowsOf(session: Pick<pg.Client, 'query'>, sql: string, parameters: unknown[] = []): Promise<unknown[][]> {
  return (await session.query({ text: sql, values: parameters, rowMode: 'array' })).rows as unknown[][];
}

/** Whether the login of the tests may switch triggers off; prints why tests are skipped where not. */
export async function mayTamper(owner: pg.Client): Promise<boolean> {
  const may = await one<boolean>(owner, 'select rolsuper from pg_catalog.pg_roles where rolname = current_user');
  if (!may) console.error('Skipped: tampering needs a superuser, and the login of the tests is none.');
  return may;
}
