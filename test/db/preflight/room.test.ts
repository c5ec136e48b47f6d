import type pg from 'pg';
import { beforeAll, expect, test } from 'vitest';
import { batchOf, errorOf, one, openBatch, rowsOf, setSetting } from '../../support/close.ts';
import { usePrivateServer } from '../../support/private-server.ts';
import { insertMonth } from '../../support/transactions.ts';

// On a server of its own: what fills the table of locks would fail everybody's closes.

const server = usePrivateServer();
const period = '2003-02';
let owner: pg.Client;

beforeAll(async () => {
  owner = await (await server.database()).session();
  await insertMonth(owner, { period, premiums: 30, claims: 3 });
});

async function lockRoom(workers: number, sessions?: number): Promise<unknown[]> {
  const id = await openBatch(owner, period, { workers });
  if (sessions !== undefined) await owner.query('select month_end.scale($1, $2)', [id, sessions]);
  const failed = await owner.query('call month_end.preflight($1)', [id]).then(() => undefined, (error: Error) => error);
  const { batch_no: no } = await batchOf(owner, id);
  if (failed === undefined) await owner.query('call month_end.cancel($1)', [id]);
  const [row] = await rowsOf(owner, `select status, expected from month_end.batch_validation_results where batch_no = $1 and rule = 'LOCK_ROOM'`, [no]);
  return row ?? [];
}

// 33 transactions are 99 entries
test.each([
  [1, undefined, '1500000', 'one leaf, one worker', 100], [16, undefined, '1500000', 'sixteen workers', 850], [16, 2, '1500000', 'two sessions of jobs', 150],
  [16, 2, '50', 'two leaves', 200], [16, 2, '1', 'never more than eight', 500],
])('%i workers, %s sessions, %s entries a leaf: %s', async (workers, sessions, leafEntries, _what, locks) => {
  await setSetting(owner, 'leaf_entries', leafEntries);
  expect(await lockRoom(workers, sessions)).toEqual(['PASS', `${locks} free`]);
});

test('too little room fails, and says what to raise', async () => {
  await setSetting(owner, 'leaf_entries', '1500000');
  const free = await one<number>(owner, `select current_setting('max_locks_per_transaction')::integer * current_setting('max_connections')::integer`);
  await owner.query('select count(pg_advisory_lock($1, i)) from generate_series(1, $2::integer) i', [7, free - 300]);
  expect(await lockRoom(16)).toEqual(['FAIL', '850 free']);
  expect(await lockRoom(2)).toEqual(['PASS', '150 free']);
  expect((await errorOf(openBatch(owner, period).then((id) => owner.query('call month_end.preflight($1)', [id])))).code).toBe('M2001');
  await owner.query('select pg_advisory_unlock_all()');
});
