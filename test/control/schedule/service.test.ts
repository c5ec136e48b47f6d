import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { queues, startBoss } from '../../../control/jobs/boss.ts';
import { claimDueRuns, submitStartedRuns } from '../../../control/jobs/calendar.ts';
import { endCommands, run, type Running, start, until } from '../../support/cli.ts';
import { batchOf, one, rowsOf } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';
import { insertMonth } from '../../support/transactions.ts';

// Real `monthend service` processes and a run that is due by the clock of the database: that of the
// first of this month, with a schedule made before.

afterAll(endCommands);

const service = (url: string): Running => start(url, ['service', '--sessions', '2']);

async function makeDue(owner: pg.Client): Promise<{ period: string; batchId: string }> {
  const period = await one<string>(owner, `select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM')`);
  await insertMonth(owner, { period, premiums: 300, claims: 40 });
  await owner.query(`select month_end.set_schedule(1, '0 0 1 * *', 'UTC', p_workers => 3,
    p_now => date_trunc('month', clock_timestamp(), 'UTC') - interval '1 minute')`);
  return { period, batchId: `${period}-MONTHEND` };
}

const completed = (owner: pg.Client, batchId: string, services: readonly Running[], withinMs = 60_000): Promise<true> =>
  until(`${batchId} is completed`, async () =>
    (await rowsOf(owner, `select from month_end.batch where batch_id = $1 and status = 'COMPLETED'`, [batchId])).length === 1 || undefined,
  { withinMs, state: () => services.map((each) => each.said()) });

const runJobs = `select state::text, count(*) from pgboss.job where name = 'month-end-run' group by 1 order by 1`;

describe('a service and an API', () => {
  const database = useDatabase();
  let owner: pg.Client;
  let month: { period: string; batchId: string };
  beforeAll(async () => {
    owner = await database.session('owner');
    month = await makeDue(owner);
  });

  test('close the month by themselves, once', { timeout: 120_000 }, async () => {
    const services = [service(database.serviceUrl), start(database.serviceUrl, ['serve', '--port', '0', '--sessions', '2'])];
    await completed(owner, month.batchId, services);
    expect(await batchOf(owner, month.batchId)).toMatchObject({ attempt: 1, posted_count: '340' });
    expect(await one(owner, 'select requested_workers from month_end.staging_month_end_master')).toBe(3);
    expect(await rowsOf(owner, `select period, status, submitted_at is not null, decided_at >= due_at, decided_from like '%monthend schedule%'
      from month_end.scheduled_runs`)).toEqual([[month.period, 'COMPLETED', true, true, true]]);
    await until('the job is done', async () => (await rowsOf(owner, runJobs))[0]?.[0] === 'completed' || undefined);
    expect(await rowsOf(owner, runJobs)).toEqual([['completed', '1']]);
    // a cron of pg-boss wakes them, the same one for both
    expect(await rowsOf(owner, `select name, cron, timezone from pgboss.schedule`)).toEqual([['month-end-schedule', '* * * * *', 'UTC']]);
    for (const each of services) each.kill('SIGTERM');
    for (const each of services) expect(await each.ended).toMatchObject({ code: 0 });
    const told = services.filter((each) => each.said().stderr.includes(`schedule: ledger 1, ${month.period}: STARTED`));
    expect(told).toHaveLength(1);
  });
});

describe('a control plane that is gone', () => {
  const database = useDatabase();
  let owner: pg.Client;
  let month: { period: string; batchId: string };
  beforeAll(async () => { owner = await database.session('owner'); });
  beforeEach(async () => { month = await makeDue(owner); });

  test('killed between claim and job: another one finds the run and closes the month', { timeout: 120_000 }, async () => {
    // held just there, by a lock that this session has
    const definition = await one<string>(owner, `select pg_get_functiondef('month_end.unsubmitted_runs'::regproc)`);
    const held = definition.replace('\n  select r.ledger_id', '\n  select pg_advisory_xact_lock(4711);\n  select r.ledger_id');
    expect(held).not.toBe(definition);
    await owner.query(held);
    await owner.query('select pg_advisory_lock(4711)');
    const first = service(database.serviceUrl);
    await until('the run is claimed and the service waits', async () =>
      (await rowsOf(owner, `select from pg_locks l join pg_stat_activity a using (pid) where l.locktype = 'advisory' and not l.granted
        and a.datname = current_database() and a.application_name = 'monthend schedule'`)).length === 1 || undefined,
    { state: () => first.said() });
    first.kill('SIGKILL');
    await first.ended;
    expect(await rowsOf(owner, 'select status, submitted_at from month_end.scheduled_runs')).toEqual([['OPENED', null]]);
    expect(await rowsOf(owner, runJobs)).toEqual([]);
    await until('its session is gone', async () => (await rowsOf(owner, `select from pg_stat_activity
      where datname = current_database() and application_name = 'monthend schedule'`)).length === 0 || undefined);
    await owner.query('select pg_advisory_unlock(4711)');
    await owner.query(definition);

    const second = service(database.serviceUrl);
    await completed(owner, month.batchId, [second]);
    expect(await batchOf(owner, month.batchId)).toMatchObject({ attempt: 1, posted_count: '340' });
    expect(await one(owner, 'select count(*) from month_end.scheduled_run')).toBe('1');
    second.kill('SIGTERM');
    expect(await second.ended).toMatchObject({ code: 0 });
    expect(second.said().stderr).not.toContain('STARTED'); // it decided nothing: that was done
  });
});

describe('a control plane that is killed in the batch', () => {
  const database = useDatabase();
  test('its job comes back to another one once its session is missed', { timeout: 240_000 }, async () => {
    const owner = await database.session('owner');
    const { batchId } = await makeDue(owner);
    const blocker = await database.session('owner');
    await blocker.query('begin');
    await blocker.query('lock table month_end.batch_control in share mode');
    const first = service(database.serviceUrl);
    await until('the job runs', async () => (await rowsOf(owner, `select from pg_stat_activity where datname = current_database()
      and wait_event_type = 'Lock' and application_name = $1`, [`monthend month-end-run 1/${batchId}`])).length === 1 || undefined,
    { state: () => first.said() });
    first.kill('SIGKILL');
    await first.ended;
    await blocker.query('rollback');
    const second = service(database.serviceUrl);
    await completed(owner, batchId, [second], 180_000);
    expect(await batchOf(owner, batchId)).toMatchObject({ attempt: 1, posted_count: '340' });
    second.kill('SIGTERM');
    await second.ended;
  });
});

describe('jobs', () => {
  const database = useDatabase();
  test('a batch that was claimed and cancelled by hand gets none', async () => {
    const owner = await database.session('owner');
    const { batchId, period } = await makeDue(owner);
    const claimer = await database.session();
    const claimed = await claimDueRuns(claimer, { now: new Date(`${period}-01T00:20:00Z`), onError: (error) => { throw error; } });
    expect(claimed).toEqual([{ ledger_id: 1, period, status: 'STARTED', reason: 'late by 20 minutes' }]);
    expect(await run(database.serviceUrl, ['cancel', batchId])).toMatchObject({ code: 0 });
    expect(await rowsOf(owner, 'select * from month_end.unsubmitted_runs()')).toEqual([]);
    expect(await claimDueRuns(claimer, { onError: (error) => { throw error; } })).toEqual([]);
  });
});

describe('a job that was given up', () => {
  const database = useDatabase();
  test('is made again after ten minutes, unless one is there or an answer has come', async () => {
    const owner = await database.session('owner');
    const { batchId } = await makeDue(owner);
    const session = await database.session();
    const boss = await startBoss(database.serviceUrl, () => undefined);
    const jobs = async (): Promise<string[]> => (await rowsOf(owner,
      `select state::text from pgboss.job where name = $1 order by created_on, id`, [queues.run])).flat() as string[];
    const submit = async (minutesLater: number): Promise<string[]> => {
      await owner.query(`update month_end.scheduled_run set submitted_at = submitted_at - make_interval(mins => $1)`, [minutesLater]);
      await submitStartedRuns(session, boss, { sessions: 2 });
      return jobs();
    };
    const end = (state: string): Promise<unknown> =>
      owner.query(`update pgboss.job set state = $2 where name = $1 and state = 'created'`, [queues.run, state]);
    try {
      await claimDueRuns(session, { onError: (error) => { throw error; } });
      expect(await submit(0)).toEqual(['created']);
      // it waits or runs: nothing is missing
      expect(await submit(11)).toEqual(['created']);
      await end('failed');
      expect(await submit(9)).toEqual(['failed']);
      expect(await submit(2)).toEqual(['failed', 'created']);
      await end('failed');
      expect(await submit(11)).toEqual(['failed', 'failed', 'created']);
      // the operator has taken it back, or it ended with an answer: that is left to him
      for (const state of ['cancelled', 'completed']) {
        await owner.query(`update pgboss.job set state = $2 where name = $1 and id = (select id from pgboss.job where name = $1 order by created_on desc, id desc limit 1)`,
          [queues.run, state]);
        expect((await submit(11)).length).toBe(3);
      }
      expect(await batchOf(owner, batchId)).toMatchObject({ status: 'OPENED', attempt: 1 });
    } finally {
      await boss.stop({ graceful: false });
    }
  });
});
