import type pg from 'pg';
import { beforeAll, expect, test } from 'vitest';
import { bringTo, closeMonth, one, openBatch, rowsOf, setSetting } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';
import { insertMonth } from '../../support/transactions.ts';

// Autovacuum stays away from the tables that a batch loads, and comes back whatever becomes of the batch.

const database = useDatabase();
const period = '2003-08';
let owner: pg.Client;

beforeAll(async () => {
  owner = await database.session('owner');
  await setSetting(owner, 'chunk_transactions', '256');
  await insertMonth(owner, { period, premiums: 1000 });
});

const without = async (): Promise<string[]> => (await rowsOf(owner, `
  select regexp_replace(relname, '_b?\\d+(_1)?$', '') from pg_class where reloptions @> array['autovacuum_enabled=false'] order by 1`)).flat() as string[];
const findings = async (): Promise<unknown[][]> =>
  rowsOf(owner, `select severity, finding, fix from month_end.diagnose() where subject = 'autovacuum' and severity <> 'ok'`);

test('a first batch: its leaves and its scope, until they are validated', async () => {
  const id = await openBatch(owner, period, { workers: 2 });
  await bringTo(owner, id, 'PROCESSING');
  expect(await without()).toEqual(['journal_entry_header_2003_08_1', 'journal_entry_line_2003_08_1', 'scope']);
  expect(await findings()).toEqual([]);
  await bringTo(owner, id, 'STAGED');
  expect(await without()).toEqual([]);
  await bringTo(owner, id, 'COMPLETED');
});

test('a supplement whose session ends: still off, and on again after its resume', async () => {
  await insertMonth(owner, { period, premiums: 600, prefix: 'late' });
  const id = await openBatch(owner, period, { supplement: true, workers: 2 });
  await bringTo(owner, id, 'PROCESSING');
  const session = await database.session();
  const lease = (await session.query<{ worker_id: number; lease_token: string }>(
    'select * from month_end.claim_worker((select max(batch_no) from month_end.staging_month_end_master))')).rows[0];
  await session.query('select month_end.work_chunk((select max(batch_no) from month_end.staging_month_end_master), $1, $2)', [lease?.worker_id, lease?.lease_token]);
  await session.query('begin');
  await owner.query('select pg_terminate_backend($1, 10000)', [await one(session, 'select pg_backend_pid()')]);
  expect(await without()).toEqual(['journal_entry_header_2003_08_1_tail', 'journal_entry_line_2003_08_1_tail', 'scope']);
  await owner.query('call month_end.resume($1)', [id]);
  expect(await without()).toEqual([]);
});

test('a supplement that is cancelled leaves the tail as it was', async () => {
  await insertMonth(owner, { period, premiums: 300, prefix: 'later' });
  const id = await openBatch(owner, period, { supplement: true, workers: 2 });
  await bringTo(owner, id, 'PROCESSING');
  expect(await without()).toHaveLength(3);
  await owner.query('call month_end.cancel($1)', [id]);
  expect(await without()).toEqual([]);
  await closeMonth(owner, period, { supplement: true });
  expect(await without()).toEqual([]);
});

test('a table that somebody has left without: found, until its fix', async () => {
  await owner.query('alter table subledger.premium_transaction set (autovacuum_enabled = false)');
  const [[severity, finding, fix] = []] = await findings();
  expect([severity, finding]).toEqual(['warning', 'off for subledger.premium_transaction, which no batch is loading']);
  await owner.query(String(fix));
  expect(await findings()).toEqual([]);
});

test('a session of the close has its own settings, and gives them back with itself', async () => {
  const session = await database.session();
  await session.query('select month_end.set_session_settings()');
  expect(await rowsOf(session, `select current_setting('work_mem'), current_setting('temp_buffers'), current_setting('effective_io_concurrency')`))
    .toEqual([['256MB', '128MB', '200']]);
  expect(await one(owner, `select current_setting('work_mem')`)).not.toBe('256MB');
});
