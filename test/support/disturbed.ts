import type pg from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Running, start, until } from './cli.ts';
import { batchOf, closeMonth, one, rowsOf, setSetting } from './close.ts';
import { useDatabase } from './database.ts';
import { addExpected, fromMinor, type Total, toMinor } from './money.ts';
import { insertMonth } from './transactions.ts';

// A month that is closed while something is killed, and what must hold of it afterwards.

export const period = '2005-03';
export const batchId = `${period}-MONTHEND`;

/** 2,600 transactions, some of them refunds and zeros, in eleven chunks on two leaves. */
export async function fillMonth(owner: pg.Client): Promise<void> {
  await insertMonth(owner, { period, premiums: 2000, claims: 600, negativeEvery: 9 });
  await insertMonth(owner, { period, premiums: 30, currency: 'JPY', decimals: 0, prefix: 'j' });
  await owner.query(`update subledger.claims_transaction set amount = 0 where claim_id = '${period}-c-77'`);
  await setSetting(owner, 'chunk_transactions', '256');
  await setSetting(owner, 'leaf_entries', '4000');
  // the month is there, so that a lock on it can be had before the close
  await owner.query(`select books.ensure_period($1, 1)`, [period]);
  await owner.query('set role monthend_owner');
  await owner.query(`select month_end.make_month(1, $1)`, [period]);
  await owner.query('reset role');
}

/** What a test session holds so that the close waits in one phase and in no other. */
export interface Block {
  readonly phase: number;
  readonly name: string;
  /** The state of the batch while it waits. */
  readonly status: string;
  /** Taken before the close begins. */
  readonly lock: string;
  /** Taken instead once the close waits for the first one, which is then let go. */
  readonly then?: string;
}

const whileValidating = 'lock table ledger_data.account_balance in share mode';

/** The eight phases; $1 is the number of the batch, the first of its database. */
export const blocks: readonly Block[] = [
  { phase: 1, name: 'its scope frozen, its control figures not stored', status: 'OPENED',
    lock: 'lock table month_end.batch_control in share mode' },
  { phase: 2, name: 'its manifest not written', status: 'SCOPED', lock: 'lock table month_end.chunk in share mode' },
  { phase: 3, name: 'its first leaf made, the second not', status: 'NUMBERED',
    lock: 'lock table month_end.leaf_task in share mode' },
  { phase: 4, name: 'in the middle of chunk 5', status: 'PROCESSING',
    lock: `insert into month_end.chunk_balance select 1, 5, account_id, currency_id, 0, 0, 0
             from books.account, books.currency` },
  { phase: 5, name: 'one table attached, the next not', status: 'PROCESSED',
    lock: `lock table ledger_data.journal_entry_line_${period.replace('-', '_')} in share update exclusive mode` },
  { phase: 6, name: 'its balances not stored', status: 'STAGED', lock: whileValidating },
  { phase: 7, name: 'the period closed, the publication not flipped', status: 'VALIDATED', lock: whileValidating,
    then: 'select from ledger_data.batch_publication for update' },
  { phase: 8, name: 'committed, its working figures not deleted', status: 'COMMITTED', lock: whileValidating,
    then: 'lock table month_end.worker_balance in share mode' },
];

/** The block of a phase. */
export function blockOf(phase: number): Block {
  const block = blocks.find((each) => each.phase === phase);
  if (block === undefined) throw new Error(`no phase ${phase}`);
  return block;
}

interface Waiting {
  readonly pid: number;
  readonly application: string;
}

/** Sessions of the control plane that wait for a lock. */
export async function waitingSessions(observer: pg.Client): Promise<Waiting[]> {
  const { rows } = await observer.query<Waiting>(`
    select pid, application_name as application from pg_catalog.pg_stat_activity
     where datname = pg_catalog.current_database() and wait_event_type = 'Lock' and state = 'active'
       and starts_with(application_name, 'monthend month-end-')`);
  return rows;
}

/** Sees a session of the close wait for a lock while the batch is in this state. */
export function seenWaiting(observer: pg.Client, close: Running, status: string): Promise<Waiting> {
  return until(`a session waits for a lock, the batch is ${status}`, async () => {
    if (!close.isRunning()) throw new Error(`The close has ended: ${JSON.stringify(close.said())}`);
    const [waiting] = await waitingSessions(observer);
    if (waiting === undefined) return undefined;
    const { status: found } = await batchOf(observer, batchId);
    return found === status ? waiting : undefined;
  }, { state: close.said });
}

/** Holds the close in the block's phase; returns who waits there and how to let go. */
export async function holdIn(
  block: Block, session: () => Promise<pg.Client>, observer: pg.Client, startClose: () => Running,
): Promise<{ close: Running; waiting: Waiting; release: () => Promise<void> }> {
  let holder = await session();
  await holder.query('begin');
  await holder.query(block.lock);
  const close = startClose();
  if (block.then !== undefined) {
    await seenWaiting(observer, close, 'STAGED');
    const next = await session();
    await next.query('begin');
    await next.query(block.then);
    await holder.query('rollback');
    holder = next;
  }
  const waiting = await seenWaiting(observer, close, block.status);
  return { close, waiting, release: async () => void (await holder.query('rollback')) };
}

/** The close of the month, as these tests begin it. */
export const closeCommand = ['close', period, '--workers', '4', '--sessions', '2', '--json'];

/** A database of its own with the month, and a close that is held in a block. */
export function useHeld(block: Block, command: readonly string[] = closeCommand) {
  const database = useDatabase();
  const held = {
    database, owner: undefined as unknown as pg.Client,
    hold: () => holdIn(block, () => database.session('owner'), held.owner, () => start(database.serviceUrl, command)),
  };
  beforeAll(async () => {
    held.owner = await database.session('owner');
    await fillMonth(held.owner);
  });
  return held;
}

/** Waits until no session of a control plane is left, whatever ended it. */
export function noSessionLeft(observer: pg.Client, withinMs = 20_000): Promise<true> {
  let left: unknown;
  return until('no session of the control plane is left', async () => {
    left = await rowsOf(observer, `
      select pid, application_name, state, query from pg_catalog.pg_stat_activity
       where datname = pg_catalog.current_database() and starts_with(application_name, 'monthend ')`);
    return (left as unknown[]).length === 0 ? true : undefined;
  }, { withinMs, state: () => left });
}

/** What the accounts of the month must say, from its source rows, computed here. */
async function expectedBalances(owner: pg.Client): Promise<unknown[][]> {
  const decimals = new Map([['EUR', 2], ['JPY', 0]]);
  const source = await rowsOf(owner, `
    select 'PREMIUM', currency, amount::text from subledger.premium_transaction
    union all select 'CLAIM', currency, amount::text from subledger.claims_transaction where amount <> 0`);
  const totals = new Map([...decimals.keys()].map((currency) => [currency, new Map<string, Total>()]));
  for (const [kind, currency, amount] of source as ['PREMIUM' | 'CLAIM', string, string][]) {
    addExpected(totals.get(currency) ?? new Map<string, Total>(), kind, toMinor(amount, decimals.get(currency)));
  }
  return [...totals].flatMap(([currency, accounts]) => [...accounts].map(([account, total]) => [
    account, currency, fromMinor(total.debit, decimals.get(currency)), fromMinor(total.credit, decimals.get(currency)), String(total.lines),
  ])).sort();
}

/** Books: balances to the cent, numbers without gap, one publication, and the digest of an undisturbed run. */
export async function expectWholeMonth(owner: pg.Client, digest: string): Promise<void> {
  const batch = await batchOf(owner, batchId);
  expect(batch).toMatchObject({ status: 'COMPLETED', attempt: 1, posted_count: '2629', set_aside_count: '1', digest });
  expect(await rowsOf(owner, 'select batch_id, is_published from ledger_data.batch_publication')).toEqual([[batchId, true]]);
  const balances = await rowsOf(owner, `
    select account_code, currency, round(debit, minor_unit)::text, round(credit, minor_unit)::text, line_count::text
      from ledger.account_balance join books.currency on code = currency`);
  expect(balances.sort()).toEqual(await expectedBalances(owner));
  expect(await rowsOf(owner, `
    select count(*)::text, count(distinct je_id)::text, min(je_id % 10000000000)::text, max(je_id % 10000000000)::text
      from ledger.journal_entry_header`)).toEqual([['7887', '7887', '1', '7887']]);
  expect(await rowsOf(owner, `
    select currency, sum(amount) filter (where is_debit) = sum(amount) filter (where not is_debit)
      from ledger.journal_entry_line group by currency order by currency`)).toEqual([['EUR', true], ['JPY', true]]);
  expect(await one(owner, 'select state from books.period where period = $1', [period])).toBe('CLOSED');
}

/** Machinery: no lease, no lock, no job and no working table of the batch is left. */
export async function expectNothingStuck(owner: pg.ClientBase): Promise<void> {
  expect(await rowsOf(owner, `
    select l.objid, l.mode from pg_catalog.pg_locks l
      join pg_catalog.pg_database d on d.oid = l.database
     where l.locktype = 'advisory' and d.datname = pg_catalog.current_database()`)).toEqual([]);
  await expectNothingLeft(owner);
}

/** The same, while control planes are there, which lock for themselves. */
export async function expectNothingLeft(owner: pg.ClientBase): Promise<void> {
  expect(await rowsOf(owner, `
    select worker_id, status, lease_pid from month_end.batch_worker_control
     where lease_pid is not null or status <> 'VALIDATED'`)).toEqual([]);
  expect(await rowsOf(owner, `
    select pid from month_end.advisory_lock where lock_key > month_end.lease_lock_key(0) and lock_key >> 46 = x'4d46'::bigint`)).toEqual([]);
  const [[hasJobs]] = await rowsOf(owner, `select pg_catalog.to_regclass('pgboss.job') is not null`) as [[boolean]];
  expect(hasJobs ? await rowsOf(owner, `
    select name, state, retry_count from pgboss.job
     where state < 'completed' and data ? 'batchId'`) : []).toEqual([]);
  for (const table of ['number_run', 'chunk_balance', 'worker_balance', 'worker_control']) {
    expect(await rowsOf(owner, `select count(*)::integer from month_end.${table}`), table).toEqual([[0]]);
  }
  expect(await rowsOf(owner, `
    select c.relname from pg_catalog.pg_class c
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where n.nspname in ('ledger_data', 'month_end') and c.relkind = 'r' and not c.relispartition
       and (c.relname ~ '^journal_entry_(header|line)_' or c.relname ~ '^scope_')`)).toEqual([]);
}

/** Closes the month in this one session, and returns what every other way has to come to. */
export async function undisturbedDigest(owner: pg.Client): Promise<string> {
  await fillMonth(owner);
  await closeMonth(owner, period);
  const digest = (await batchOf(owner, batchId)).digest ?? '';
  await expectWholeMonth(owner, digest);
  await expectNothingStuck(owner);
  return digest;
}

/** The digest of the month, closed undisturbed in a database of its own; known once the file's other tests run. */
export function useUndisturbed(): () => string {
  let digest = '';
  describe('undisturbed', () => {
    const database = useDatabase();
    beforeAll(async () => { digest = await undisturbedDigest(await database.session('owner')); });
    test('the month has a digest', () => expect(digest).toMatch(/^[0-9a-f]{64}$/));
  });
  return () => digest;
}
