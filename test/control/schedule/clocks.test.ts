import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import { startBoss } from '../../../control/jobs/boss.ts';
import { endCommands, type Running, start, until } from '../../support/cli.ts';
import { one, rowsOf } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';
import { insertMonth } from '../../support/transactions.ts';

// Two real control planes whose clocks are twenty minutes apart, and a run that comes due while they
// are there: it starts once, and not before its time by the clock of the database.

afterAll(endCommands);

const preload = fileURLToPath(new URL('../../support/shifted-clock.ts', import.meta.url));
const database = useDatabase();
const looks = 4;

const shifted = (minutes: number): Running => start(database.serviceUrl, ['service', '--sessions', '2'], {
  env: { NODE_OPTIONS: `--import=${preload}`, CLOCK_SHIFT_MINUTES: String(minutes) },
});

/** Moves the run of this month to a minute that is still to come; psql's own clock counts. */
const moveRun = (owner: pg.Client, by: string): Promise<unknown> => owner.query(`
  select month_end.set_schedule_exception(date_trunc('month', clock_timestamp() at time zone 'UTC')::date, 'MOVE', 'a test',
    date_trunc('minute', clock_timestamp() at time zone 'UTC' + $1::interval))`, [by]);

test('clocks of control planes ten minutes fast and slow: once, in time', { timeout: 420_000 }, async () => {
  const owner = await database.session('owner');
  const period = await one<string>(owner, `select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM')`);
  await insertMonth(owner, { period, premiums: 300, claims: 40 });
  await owner.query(`select month_end.set_schedule(1, '0 0 1 * *', 'UTC', p_now => date_trunc('month', clock_timestamp(), 'UTC') - interval '1 minute')`);
  await moveRun(owner, '1 hour');
  const services = [shifted(10), shifted(-10)];
  const said = (): unknown => services.map((each) => each.said());
  // what they log is by their own clocks
  await until('both are there', () => services.every((each) => /"time":"/.test(each.said().stderr)) || undefined, { state: said });
  const offBy = services.map((each) => Math.round((Date.parse(/"time":"([^"]+)"/.exec(each.said().stderr)?.[1] ?? '') - Date.now()) / 600_000));
  expect(offBy).toEqual([1, -1]);

  // looks before its time, which is over by the one clock, and looks after it: the two share them
  const boss = await startBoss(database.serviceUrl, () => undefined);
  const look = async (): Promise<void> => { for (let sent = 0; sent < looks; sent += 1) await boss.send('month-end-schedule', null); };
  await moveRun(owner, '75 seconds');
  await look();
  await until('the month is closed', async () =>
    (await rowsOf(owner, `select from month_end.batch where status = 'COMPLETED'`)).length === 1 || undefined, { withinMs: 300_000, state: said });
  await look();
  await boss.stop({ graceful: false });
  const decided = await one<Date>(owner, 'select decided_at from month_end.scheduled_run');
  await until('they have looked again', async () => await one<number>(owner, `select count(*)::integer from pgboss.job
    where name = 'month-end-schedule' and state = 'completed' and completed_on > $1::timestamptz`, [decided]) >= looks || undefined, { state: said });
  expect(await rowsOf(owner, 'select period, status, decided_at >= due_at from month_end.scheduled_runs')).toEqual([[period, 'COMPLETED', true]]);
  expect(await rowsOf(owner, 'select attempt, posted_count from month_end.batch')).toEqual([[1, '340']]);
  expect(await one(owner, `select count(*)::integer from pgboss.job where name = 'month-end-run'`)).toBe(1);
  for (const each of services) each.kill('SIGTERM');
  for (const each of services) expect(await each.ended).toMatchObject({ code: 0 });
  expect(services.filter((each) => each.said().stderr.includes(`${period}: STARTED`))).toHaveLength(1);
});
