import type pg from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { batchOf, bringTo, closeMonth, one, openBatch, rowsOf, setSetting } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';
import { insertMonth } from '../../support/transactions.ts';

// Cancel while sessions are at it, at whatever they happen to be: nothing stays, nobody hangs, and
// the one who cancels is never the one that a deadlock picks.

const period = '2003-09';
const batch = `${period}-MONTHEND`;

describe('cancel while sessions work', () => {
  const database = useDatabase();
  let owner: pg.Client;
  let operator: pg.Client;
  let digest: string | null = null;

  beforeAll(async () => {
    owner = await database.session('owner');
    operator = await database.session('operator');
    await setSetting(owner, 'chunk_transactions', '512');
    await insertMonth(owner, { period, premiums: 12_000, claims: 2000 });
    await openBatch(owner, period, { workers: 8 });
    await bringTo(owner, batch, 'VALIDATED');
    ({ digest } = await batchOf(owner, batch));
    await owner.query('call month_end.cancel($1)', [batch]);
  });

  const reached = async (state: string, chunks: number): Promise<boolean> => {
    const [row] = await rowsOf(owner, `
      select m.status, (select count(*)::integer from month_end.chunk c where c.batch_no = m.batch_no and c.completed_at is not null),
             (select count(*)::integer from month_end.leaf_task t where t.batch_no = m.batch_no and t.done_at is not null)
        from month_end.staging_month_end_master m order by m.batch_no desc limit 1`);
    const [status, done, tasks] = row as [string, number, number];
    return status === state ? (state === 'PROCESSING' ? done : tasks) >= chunks : status === 'STAGED';
  };

  test.each([
    { state: 'PROCESSING', done: 1, sessions: 1 }, { state: 'PROCESSING', done: 1, sessions: 4 },
    { state: 'PROCESSING', done: 8, sessions: 4 }, { state: 'PROCESSING', done: 15, sessions: 3 },
    { state: 'PROCESSED', done: 0, sessions: 1 }, { state: 'PROCESSED', done: 0, sessions: 4 },
    { state: 'PROCESSED', done: 2, sessions: 4 }, { state: 'PROCESSED', done: 4, sessions: 4 },
  ])('$state after $done steps, $sessions sessions', async ({ state, done, sessions }) => {
    await openBatch(owner, period, { workers: 8 });
    await bringTo(owner, batch, 'PROCESSING');
    const workers = await Promise.all(Array.from({ length: sessions }, () => database.session('operator')));
    const ends = workers.map((worker) => worker.query('call month_end.work($1)', [batch])
      .then(() => 'done', (error: { code: string }) => error.code));
    while (!(await reached(state, done))) await new Promise((resolve) => setTimeout(resolve, 2));
    await operator.query('call month_end.cancel($1)', [batch]);
    const codes = await Promise.all(ends);
    // out of order, workers failed (fenced), or done before it came
    for (const code of codes) expect(['done', 'M1002', 'M1007', 'M4002', 'M2002']).toContain(code);
    expect((await batchOf(operator, batch)).status).toBe('CANCELLED');
    expect(await rowsOf(owner, `
      select (select count(*) from month_end.scope), (select count(*) from month_end.leaf), (select count(*) from month_end.chunk),
             (select count(*) from month_end.chunk_balance), (select count(*) from ledger_data.batch_publication),
             (select count(*) from pg_class where relkind = 'r' and relname ~ '(^scope_|_b[0-9]+_[0-9]+$)'),
             (select count(*) from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database()))`))
      .toEqual([['0', '0', '0', '0', '0', '0', '0']]);
    expect(await one(owner, 'select state from books.period')).toBe('OPEN');
  });

  test('and the month closes as if nothing had been', async () => {
    await closeMonth(operator, period);
    expect(await batchOf(operator, batch)).toMatchObject({ status: 'COMPLETED', digest });
  });
});
