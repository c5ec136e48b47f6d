import type pg from 'pg';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { batchOf, bringTo, errorOf, one, openBatch, rowsOf, setSetting } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';
import { insertMonth } from '../../support/transactions.ts';

// Who may write: the newest token. Who is alive: the holder of the worker's advisory lock.

const period = '2003-12';
const batch = `${period}-MONTHEND`;

interface Lease {
  readonly worker_id: number | null;
  readonly lease_token: string | null;
}

describe('leases of workers', () => {
  const database = useDatabase();
  let owner: pg.Client;
  let no = 0;
  let digest: string | null = null;

  const claim = async (session: pg.Client): Promise<Lease> =>
    (await session.query<Lease>('select * from month_end.claim_worker($1)', [no])).rows[0] ?? { worker_id: null, lease_token: null };
  const chunk = (session: pg.Client, lease: Lease) =>
    one<boolean>(session, 'select month_end.work_chunk($1, $2, $3)', [no, lease.worker_id, lease.lease_token]);
  const workers = (columns = 'worker_id, status'): Promise<unknown[][]> =>
    rowsOf(owner, `select ${columns} from month_end.batch_worker_control where batch_no = $1 order by worker_id`, [no]);
  const written = (): Promise<unknown[][]> => rowsOf(owner, `
    select (select count(*) from month_end.chunk where batch_no = $1 and completed_at is not null),
           (select coalesce(sum(processed_count), 0) from month_end.batch_worker_control where batch_no = $1)`, [no]);

  beforeAll(async () => {
    owner = await database.session('owner');
    await setSetting(owner, 'chunk_transactions', '256');
    await insertMonth(owner, { period, premiums: 1900, claims: 100 });
    await openBatch(owner, period, { workers: 2 });
    await bringTo(owner, batch, 'VALIDATED');
    ({ digest } = await batchOf(owner, batch));
    await owner.query('call month_end.cancel($1)', [batch]);
  });

  beforeEach(async () => {
    await openBatch(owner, period, { workers: 2 });
    await bringTo(owner, batch, 'PROCESSING');
    no = (await batchOf(owner, batch)).batch_no;
    return async () => {
      await bringTo(owner, batch, 'VALIDATED');
      expect((await batchOf(owner, batch)).digest).toBe(digest);
      await owner.query('call month_end.cancel($1)', [batch]);
    };
  });

  test('every session gets another worker, and none when all are taken', async () => {
    const [a, b, c] = await Promise.all([1, 2, 3].map(() => database.session('operator')));
    if (!a || !b || !c) throw new Error('no session');
    const [first, second] = [await claim(a), await claim(b)];
    expect([first.worker_id, second.worker_id]).toEqual([1, 2]);
    expect(Number(second.lease_token)).toBeGreaterThan(Number(first.lease_token));
    expect(await claim(c)).toEqual({ worker_id: null, lease_token: null });
    // c looks at them with a made-up token, and with somebody else's
    expect(await chunk(c, { worker_id: 1, lease_token: '0' })).toBe(false);
    expect(await written()).toEqual([['0', '0']]);
    await Promise.all([a.end(), b.end(), c.end()]);
  });

  test('a terminated session’s worker is taken by another, after its last checkpoint', async () => {
    const a = await database.session('operator');
    const b = await database.session('operator');
    const lost = await claim(a);
    expect(await chunk(a, lost)).toBe(true);
    // posts a chunk, and dies before it commits
    await a.query('begin');
    expect(await chunk(a, lost)).toBe(true);
    await owner.query('select pg_terminate_backend($1, 10000)', [await one(a, 'select pg_backend_pid()')]);
    expect(await written()).toEqual([['1', '256']]);
    // the pending one comes first, then the lost one
    const other = await claim(b);
    expect(other.worker_id).toBe(2);
    const again = await claim(b);
    expect(again.worker_id).toBe(lost.worker_id);
    expect(again.lease_token).not.toBe(lost.lease_token);
    expect(await chunk(b, again)).toBe(true);
    expect(await written()).toEqual([['2', '512']]);
    expect(await workers('checkpoint')).toEqual([[2], [null]]);
    await b.end();
  });

  test('who was presumed dead and wakes up writes nothing', async () => {
    const [a, b] = [await database.session('operator'), await database.session('operator')];
    const stale = await claim(a);
    expect(await chunk(a, stale)).toBe(true);
    // a's session is taken for dead: its lock is gone, b takes its worker over
    await a.query('select pg_advisory_unlock_all()');
    const fresh: Lease[] = [await claim(b), await claim(b)];
    const mine = fresh.find((lease) => lease.worker_id === stale.worker_id) ?? { worker_id: null, lease_token: null };
    expect(mine.worker_id).toBe(1);
    const before = await written();
    expect(await chunk(a, stale)).toBe(false);
    expect(await errorOf(owner.query('select month_end.process_chunk($1, $2, $3, $4)', [no, 1, 2, stale.lease_token]))).toMatchObject({ code: 'M1007' });
    expect(await written()).toEqual(before);
    expect(await workers('worker_id, status, attempts, error_sqlstate')).toEqual([[1, 'RUNNING', 0, null], [2, 'RUNNING', 0, null]]);
    // nor out of turn, nor a chunk that is done, nor another worker's, with the right token
    for (const [no_, code] of [[3, 'M1007'], [1, 'M4001'], [8, 'M1007'], [999, 'M1007']] as const) {
      expect(await errorOf(owner.query('select month_end.process_chunk($1, $2, $3, $4)', [no, 1, no_, mine.lease_token])), `chunk ${no_}`).toMatchObject({ code });
    }
    expect(await written()).toEqual(before);
    expect(await chunk(b, mine)).toBe(true);
    await Promise.all([a.end(), b.end()]);
  });

  test('who loses the lease in the middle of a chunk loses the chunk', async () => {
    const [a, b] = [await database.session('operator'), await database.session('operator')];
    const stale = await claim(a);
    await a.query('begin');
    await a.query('savepoint before_chunk');
    await a.query('select pg_advisory_unlock_all()');
    await claim(b);
    const taken = await claim(b);
    expect(taken.worker_id).toBe(stale.worker_id);
    expect(await chunk(a, stale)).toBe(false);
    await a.query('commit');
    expect(await written()).toEqual([['0', '0']]);
    await Promise.all([a.end(), b.end()]);
  });

  test('a chunk that fails makes its worker FAILED, all other chunks are done, resume after the repair', async () => {
    const b = await database.session('operator');
    const [leaf] = (await rowsOf(owner, 'select line_table from month_end.leaf where batch_no = $1', [no]))[0] as [string];
    // number 2000 is in the third chunk of the first worker
    await owner.query(`alter table ledger_data.${leaf} add constraint in_the_way check (je_id % 10000000000 <> 2000) not valid`);
    const error = await errorOf(b.query('call month_end.work($1)', [batch]));
    expect(error).toMatchObject({ code: 'M4002', hint: `Repair what is named, then: ./monthend resume ${batch}` });
    expect(error.detail).toMatch(new RegExp(`^batch ${batch}: worker 1 at chunk 3: 23514 .*in_the_way`));
    expect(await workers('worker_id, status, checkpoint, attempts, error_sqlstate')).toEqual([
      [1, 'FAILED', 2, 1, '23514'], [2, 'PROCESSED', 8, 0, null], [6, 'PROCESSED', 4, 0, null]]);
    expect(await rowsOf(owner, 'select chunk_no from month_end.chunk where batch_no = $1 and completed_at is null', [no])).toEqual([[3]]);
    expect(await rowsOf(owner, 'select worker_id, chunk_no, chunks_left, error_sqlstate from month_end.dead_letter')).toEqual([[1, 3, 1, '23514']]);
    expect(await rowsOf(owner, `select sum(transaction_count), sum(entry_count), count(*) = (select worker_count from month_end.progress where batch_no = $1)
      from month_end.batch_worker_control where batch_no = $1`, [no])).toEqual([['2000', '6000', true]]);
    expect(await rowsOf(owner, `select message ~ '^worker 1: 23514' from month_end.batch_event where batch_no = $1 and kind = 'WORKER_FAILED'`, [no])).toEqual([[true]]);
    expect((await batchOf(owner, batch)).status).toBe('PROCESSING');
    // work alone does not try what failed for good
    expect(await errorOf(b.query('call month_end.work($1)', [batch]))).toMatchObject({ code: 'M4002' });
    await owner.query(`alter table ledger_data.${leaf} drop constraint in_the_way`);
    expect(await one(b, 'select month_end.retry_failed_workers($1)', [batch])).toBe('1');
    expect(await workers()).toEqual([[1, 'PENDING'], [2, 'PROCESSED'], [6, 'PROCESSED']]);
    await b.end();
  });

  test('a lock timeout is tried again after a while that grows, chunk_attempts times; then it is in the dead letter', async () => {
    const [b, c, holder] = [await database.session('operator'), await database.session('operator'), await database.session('owner')];
    const [header] = (await rowsOf(owner, 'select header_table from month_end.leaf where batch_no = $1', [no]))[0] as [string];
    await holder.query('begin');
    await holder.query(`lock table ledger_data.${header} in exclusive mode`);
    await b.query('set lock_timeout = 20');
    for (const attempt of [1, 2, 3, 4, 5]) {
      const lease = await claim(b);
      expect(lease.worker_id).toBe(1);
      expect(await chunk(b, lease)).toBe(false);
      expect((await workers('status, attempts, error_sqlstate'))[0]).toEqual([attempt < 5 ? 'PENDING' : 'FAILED', attempt, '55P03']);
      const least = 0.1 * 2 ** (attempt - 1);
      const [[waits]] = (await workers('extract(epoch from retry_at - leased_at)::float8')) as [[number]];
      expect(waits).toBeGreaterThanOrEqual(least);
      expect(waits).toBeLessThan(2 * least + 10); // what the try itself took
      if (attempt === 5) break;
      const other = await claim(c);
      expect(other.worker_id).toBe(2); // not the one that waits
      await c.query('select month_end.release_lease($1)', [other.lease_token]);
      await owner.query('update month_end.batch_worker_control set retry_at = null where worker_id = 1');
      await owner.query(`update month_end.batch_worker_control set status = 'PENDING' where worker_id = 2`);
    }
    expect(await rowsOf(owner, 'select batch_id, worker_id, chunk_no, chunks_left, attempts, error_sqlstate, after_repair from month_end.dead_letter'))
      .toEqual([[batch, 1, 1, 1, 5, '55P03', `./monthend resume ${batch}`]]);
    await holder.query('commit');
    await b.query('reset lock_timeout');
    expect(await one(b, 'select month_end.retry_failed_workers($1)', [batch])).toBe('1');
    expect(await rowsOf(owner, 'select from month_end.dead_letter')).toEqual([]);
    await Promise.all([b.end(), c.end(), holder.end()]);
  });
});
