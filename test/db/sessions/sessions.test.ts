import type pg from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { batchOf, bringTo, errorOf, one, openBatch, rowsOf, setSetting } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';
import { insertMonth } from '../../support/transactions.ts';

// How many sessions a batch shall have, which it has, and which of them hang.

const period = '2004-05';
const batch = `${period}-MONTHEND`;

describe('sessions of a batch', () => {
  const database = useDatabase();
  let owner: pg.Client;
  let operator: pg.Client;
  let no = 0;

  beforeAll(async () => {
    owner = await database.session('owner');
    operator = await database.session('operator', 'psql');
    await setSetting(owner, 'chunk_transactions', '256');
    await insertMonth(owner, { period, premiums: 2000 });
    await openBatch(operator, period, { workers: 2 });
    no = (await batchOf(owner, batch)).batch_no;
  });

  const pidOf = (session: pg.Client) => one<number>(session, 'select pg_backend_pid()');
  const claim = async (session: pg.Client) => (await session.query<{ worker_id: number; lease_token: string }>(
    'select * from month_end.claim_worker($1)', [no])).rows[0] ?? { worker_id: 0, lease_token: '' };
  const workers = (columns: string) => rowsOf(owner, `
    select ${columns} from month_end.batch_worker_control where batch_no = $1 order by worker_id`, [no]);

  test('scale says how many, once a change, and who said so', async () => {
    for (const sessions of [3, 3, 1]) await operator.query('select month_end.scale($1, $2)', [batch, sessions]);
    expect(await one(owner, 'select wanted_sessions from month_end.batch where batch_no = $1', [no])).toBe(1);
    expect(await rowsOf(owner, `select outcome, detail->>'sessions', login from month_end.audit_log where outcome = 'SCALED' order by audit_id`))
      .toEqual(['3', '1'].map((sessions) => ['SCALED', sessions, operator.user]));
    // a phase under way has the batch's row: nobody waits for it
    await owner.query('begin; select from month_end.staging_month_end_master for update');
    await operator.query('select month_end.scale($1, null)', [batch]);
    await owner.query('rollback');
    for (const sessions of [0, 251, -1]) {
      expect(await errorOf(operator.query('select month_end.scale($1, $2)', [batch, sessions]))).toMatchObject({ code: 'M2004' });
    }
    expect(await errorOf(operator.query(`select month_end.scale('2004-06-MONTHEND', 2)`))).toMatchObject({ code: 'M1003' });
    for (const login of ['viewer', 'auditor'] as const) {
      expect(await errorOf((await database.session(login)).query('select month_end.scale($1, 2)', [batch]))).toMatchObject({ code: '42501' });
    }
  });

  test('only sessions of jobs are too many, the last ones, and never the coordinator', async () => {
    await bringTo(operator, batch, 'PROCESSING');
    const sessions = await Promise.all(['run', 'session', 'session', 'session'].map((kind) =>
      database.session('service', `monthend month-end-${kind} 1/${batch}`)));
    const pids = await Promise.all(sessions.map(pidOf));
    const helpers = pids.slice(1).sort((one_, other) => one_ - other);
    const surplus = async (): Promise<number[]> => {
      const found = await Promise.all(sessions.map((session) => one<boolean>(session, 'select month_end.surplus_session($1)', [no])));
      return pids.filter((_, at) => found[at]).sort((one_, other) => one_ - other);
    };
    for (const [wanted, expected] of [[null, []], [4, []], [3, helpers.slice(2)], [1, helpers]] as const) {
      await operator.query('select month_end.scale($1, $2)', [batch, wanted]);
      expect(await surplus(), `wanted ${wanted}`).toEqual(expected);
    }
    // one too many does its chunk, gives its worker back, and goes
    const leaving = sessions[1];
    if (leaving === undefined) throw new Error('no session');
    await leaving.query('call month_end.work($1)', [batch]);
    expect((await workers('processed_count')).flat()).toEqual(['0', '0']);
    expect(await one(operator, 'select month_end.surplus_session($1)', [no])).toBe(false);
    expect(await rowsOf(owner, 'select pid, kind, worker_id from month_end.batch_session order by kind, pid')).toEqual(
      [[pids[0], 'run', null], ...helpers.map((pid) => [pid, 'session', null])]);
    await Promise.all(sessions.map((session) => session.end()));
  });

  test('who holds a lease is seen with its chunk and with who is in its way', async () => {
    const worker = await claim(operator);
    expect(worker.worker_id).toBe(1);
    await operator.query('select month_end.work_chunk($1, $2, $3)', [no, worker.worker_id, worker.lease_token]);
    const seen = () => rowsOf(owner, 'select kind, pid, worker_id, chunk_no, blocked_by from month_end.batch_session');
    const pid = await pidOf(operator);
    expect(await seen()).toEqual([['other', pid, 1, 2, []]]);
    const holder = await database.session('owner');
    await holder.query('begin; lock table month_end.chunk in exclusive mode');
    const going = operator.query('select month_end.work_chunk($1, $2, $3)', [no, worker.worker_id, worker.lease_token]);
    await expect.poll(seen).toEqual([['other', pid, 1, 2, [await pidOf(holder)]]]);

    // it waits: it doesn't hang
    await setSetting(owner, 'session_hung_seconds', '0');
    expect(await one(owner, 'select month_end.end_hung_leases()')).toEqual([]);
    await holder.query('rollback');
    await going;
    await holder.end();
  });

  test('who makes no checkpoint loses its lease; what it does then comes to nothing', async () => {
    const token = await one<string>(owner, 'select lease_token from month_end.batch_worker_control where lease_pid is not null');
    expect(await one(owner, 'select month_end.end_hung_leases()')).toEqual([await pidOf(operator)]);
    expect((await workers('status, attempts, error_sqlstate, retry_at > leased_at'))[0]).toEqual(['PENDING', 1, 'M4003', true]);
    const writes = () => rowsOf(owner, `select sum(processed_count), (select count(*) from month_end.chunk_balance) from month_end.batch_worker_control`);
    const before = await writes();
    expect(await one(operator, 'select month_end.work_chunk($1, 1, $2)', [no, token])).toBe(false);
    expect(await errorOf(owner.query('select month_end.process_chunk($1, 1, 3, $2)', [no, token]))).toMatchObject({ code: 'M1007' });
    expect(await writes()).toEqual(before);
    await setSetting(owner, 'session_hung_seconds', '120');
    // a chunk that hangs each time is given up
    await owner.query(`update month_end.batch_worker_control set attempts = 4, status = 'RUNNING' where worker_id = 1`);
    await owner.query('select month_end.fail_worker($1, 1, $2, $3, $4)', [no, token, 'M4003', 'hangs']);
    expect(await rowsOf(owner, 'select chunk_no, attempts, error_sqlstate from month_end.dead_letter')).toEqual([[3, 5, 'M4003']]);
    await operator.query('call month_end.resume($1)', [batch]);
    expect(await errorOf(operator.query('select month_end.scale($1, 2)', [batch]))).toMatchObject({ code: 'M1002', detail: `batch ${batch} is COMPLETED` });
  });
});
