import type pg from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { batchOf, bringTo, closeMonth, errorOf, one, openBatch, rowsOf, stepStates } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';
import { insertMonth, insertPremium } from '../../support/transactions.ts';

// Each phase at each state: it runs where it is due, and elsewhere says what the state is and what
// the next call would be.

const period = '2003-03';
const batch = `${period}-MONTHEND`;
/** The calls of the phases, with the states that they accept. */
const calls = [
  ['call month_end.preflight(%)', ['OPENED']],
  ['select month_end.allocate_numbers(%)', ['SCOPED']],
  ['select month_end.launch_workers(%)', ['NUMBERED']],
  ['call month_end.work(%)', ['PROCESSING', 'PROCESSED', 'STAGED']],
  ['select month_end.validate_batch(%)', ['STAGED']],
  ['select month_end.commit_batch(%)', ['VALIDATED']],
  ['select month_end.post_process(%)', ['COMMITTED']],
] as const;
const next: Record<string, string> = {
  OPENED: 'call month_end.preflight', SCOPED: 'select month_end.allocate_numbers', NUMBERED: 'select month_end.launch_workers',
  PROCESSING: 'call month_end.work', STAGED: 'select month_end.validate_batch', VALIDATED: 'select month_end.commit_batch',
  COMMITTED: 'select month_end.post_process',
};

describe('the order of the phases', () => {
  const database = useDatabase();
  let session: pg.Client;

  beforeAll(async () => {
    session = await database.session('operator');
    await insertMonth(session, { period, premiums: 100, claims: 5 });
    await openBatch(session, period);
  });

  test.each(stepStates)('at %s every other phase is refused with state and next call', async (state) => {
    await bringTo(session, batch, state);
    const snapshot = 'select status, (select count(*) from month_end.batch_event) from month_end.batch';
    const before = await rowsOf(session, snapshot);
    let refused = 0;
    for (const [call, accepted] of calls.filter((each) => !(each[1] as readonly string[]).includes(state))) {
      const error = await errorOf(session.query(call.replace('%', `'${batch}'`)));
      expect(error, call).toMatchObject({ code: 'M1002' });
      expect(error.detail).toContain(`batch ${batch} is ${state}`);
      if (!call.includes('work')) expect(error.detail).toContain(`needs ${accepted.join(' or ')}`);
      const following = next[state];
      expect(error.hint).toBe(following ? `Next: ${following}('${batch}')` : 'Nothing is left to do for this batch');
      refused += 1;
    }
    expect(refused).toBeGreaterThanOrEqual(5);
    expect(await rowsOf(session, snapshot)).toEqual(before);
    expect(await one(session, `select next_call from month_end.batch`)).toBe(next[state] ? `${next[state]}('${batch}')` : null);
  });

  test('each phase has its row with a beginning and an end, in order', async () => {
    const phases = await rowsOf(session, `
      select phase, finished_at >= started_at, started_at >= coalesce(lag(started_at) over (order by phase), started_at)
        from month_end.batch_phase order by phase`);
    expect(phases).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((phase) => [phase, true, true]));
  });

  test.each(calls)('%s of a batch that is not there: M1003', async (call) => {
    expect(await errorOf(session.query(call.replace('%', `'2003-04-MONTHEND'`)))).toMatchObject({ code: 'M1003' });
    expect(await errorOf(session.query(call.replace('%', `null`)))).toMatchObject({ code: 'M1003' });
  });

  test('pre-flight outside its procedure needs a snapshot of its own: M2005', async () => {
    await openBatch(session, '2003-04');
    expect(await errorOf(session.query(`select month_end.validate_preflight('2003-04-MONTHEND')`))).toMatchObject({ code: 'M2005' });
    await session.query('begin isolation level repeatable read');
    expect(await one(session, `select month_end.validate_preflight('2003-04-MONTHEND')`)).toBe('SCOPED');
    await session.query('commit');
    await session.query(`call month_end.cancel('2003-04-MONTHEND')`);
  });

  test('a phase under a second caller waits and then finds it done', async () => {
    await insertMonth(session, { period: '2003-05', premiums: 30 });
    const id = await openBatch(session, '2003-05');
    await bringTo(session, id, 'SCOPED');
    const other = await database.session('operator');
    await session.query('begin');
    await session.query('select month_end.allocate_numbers($1)', [id]);
    const waiting = errorOf(other.query('select month_end.allocate_numbers($1)', [id]));
    const watcher = await database.session('owner');
    await expect.poll(() => one(watcher, `
      select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`)).toBe('1');
    await session.query('commit');
    const error = await waiting;
    expect(error).toMatchObject({ code: 'M1002' });
    expect(error.detail).toContain('is NUMBERED');
    await bringTo(session, id, 'COMPLETED');
  });
});

describe('who may open a batch when', () => {
  const database = useDatabase();

  test('of two closes at once one runs, the other is told who holds the period since when', async () => {
    const first = await database.session('operator', 'the first');
    const second = await database.session('admin', 'the second');
    await insertMonth(first, { period, premiums: 60 });
    const ends = await Promise.all([closeMonth(first, period), closeMonth(second, period)].map((close) =>
      close.then(() => 'closed', (error: { code: string }) => error.code)));
    // the second may as well come when the first has finished
    expect(['M1001', 'M1004']).toContain(ends.find((end) => end !== 'closed'));
    expect(ends.filter((end) => end === 'closed')).toHaveLength(1);
    expect(await rowsOf(first, 'select batch_id, attempt, status, posted_count from month_end.batch')).toEqual([[batch, 1, 'COMPLETED', '60']]);
  });

  test('M1001 names batch, state, holder and time; M1004, M1006, M1005 the state of the period', async () => {
    const first = await database.session('operator', 'the first');
    const second = await database.session('admin', 'the second');
    await insertMonth(first, { period: '2003-07', premiums: 6 });
    const id = await openBatch(first, '2003-07');
    const opened = (await rowsOf(first, `select to_char(opened_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') from month_end.batch where batch_id = $1`, [id]))[0]?.[0];
    for (const supplement of [false, true]) {
      const held = await errorOf(openBatch(second, '2003-07', { supplement }));
      expect(held).toMatchObject({ code: 'M1001', hint: `Wait for it, or: ./monthend resume ${id}, or: ./monthend cancel ${id}` });
      expect(held.detail).toMatch(new RegExp(`^${id} is OPENED, opened by mt_\\w+_operator \\(the first\\) at .+, pid \\d+ since ${String(opened)} UTC$`));
    }
    await bringTo(first, id, 'VALIDATED');
    expect((await errorOf(openBatch(second, '2003-07'))).detail).toContain(`${id} is VALIDATED`);
    await bringTo(first, id, 'COMPLETED');
    expect(await errorOf(openBatch(second, '2003-07'))).toMatchObject({ code: 'M1004', detail: '2003-07' });
    expect(await errorOf(openBatch(second, '2003-08', { supplement: true }))).toMatchObject({ code: 'M1006', detail: '2003-08' });
    const owner = await database.session('owner');
    await owner.query(`update books.period set state = 'LOCKED' where period = '2003-07'`);
    for (const supplement of [false, true]) {
      expect(await errorOf(openBatch(second, '2003-07', { supplement }))).toMatchObject({ code: 'M1005', detail: '2003-07' });
    }
  });

  test('an approver, who runs no close, locks a closed period for good: no batch, no correction', async () => {
    const operator = await database.session('operator');
    const approver = await database.session('approver');
    const lock = 'select books.lock_period($1)';
    await insertPremium(operator, { id: 'bad', date: '2003-09-01', product: 'NONE' });
    expect(await errorOf(approver.query(lock, ['2003-09']))).toMatchObject({ code: 'M1006' });
    const id = await openBatch(operator, '2003-09');
    expect(await errorOf(approver.query(lock, ['2003-09']))).toMatchObject({ code: 'M1001' });
    await bringTo(operator, id, 'COMPLETED');
    expect(await errorOf(operator.query(lock, ['2003-09']))).toMatchObject({ code: '42501' });
    await approver.query(lock, ['2003-09']);
    const owner = await database.session('owner');
    expect(await rowsOf(owner, `select object, outcome from month_end.audit_log where action = 'period'`)).toEqual([['1/2003-09', 'LOCKED']]);
    expect(await errorOf(approver.query(lock, ['2003-09']))).toMatchObject({ code: 'M1005' });
    expect(await errorOf(approver.query(lock, ['2003-9']))).toMatchObject({ code: 'M2004' });
    expect(await errorOf(openBatch(operator, '2003-09', { supplement: true }))).toMatchObject({ code: 'M1005' });
    expect(await errorOf(operator.query(`update subledger.premium_transaction set product_code = 'FIRE' where txn_id = 'bad'`))).toMatchObject({ code: 'M1008' });
    // what comes all the same is not lost from sight
    await insertPremium(operator, { id: 'late', date: '2003-09-30' });
    expect(await rowsOf(operator, `select source_id, place from subledger.transaction_place where transaction_date >= '2003-09-01' order by 1`))
      .toEqual([['bad', 'REJECTED'], ['late', 'PENDING']]);
  });

  test.each(['2003-13', '2003-00', '2003-1', '03-01', '2003-01-01', '', ' 2003-01', '2003-01\n', '２００３-01', '0000-01', null])(
    'period %j: M2004, and nothing is made', async (nonsense) => {
      const session = await database.session('operator');
      const before = await one(session, 'select count(*) from books.period');
      expect(await errorOf(session.query('select month_end.open_batch($1)', [nonsense]))).toMatchObject({ code: 'M2004' });
      expect(await one(session, 'select count(*) from books.period')).toBe(before);
    });

  test.each([[0, 1], [-1, 1], [1001, 1], [1, 2], [1, 901], [1, -1]])('%i workers in ledger %i: M2004', async (workers, ledger) => {
    const session = await database.session('operator');
    expect(await errorOf(openBatch(session, '2004-01', { workers, ledger }))).toMatchObject({ code: 'M2004' });
  });

  test('resume takes an opened batch to its end, and an ended one nowhere', async () => {
    const session = await database.session('operator');
    await insertMonth(session, { period: '2004-02', premiums: 6 });
    const id = await openBatch(session, '2004-02');
    await session.query('call month_end.resume($1)', [id]);
    expect((await batchOf(session, id)).status).toBe('COMPLETED');
    await session.query('call month_end.resume($1)', [id]);
    await session.query('call month_end.run($1)', [id]);
  });
});
