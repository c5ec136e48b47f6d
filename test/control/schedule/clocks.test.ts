import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { endCommands, type Running, start, until } from '../../support/cli.ts';
import { one, rowsOf } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';
import { insertMonth } from '../../support/transactions.ts';

// Two real control planes whose clocks are twenty minutes apart, and a run that comes due while they
// are there: it starts once, and not before its time by the clock of the database.

afterAll(endCommands);

const preload = fileURLToPath(new URL('../../support/shifted-clock.ts', import.meta.url));
const database = useDatabase();

const shifted = (minutes: number): Running => start(database.serviceUrl, ['service', '--sessions', '2'], {
  env: { NODE_OPTIONS: `--import=${preload}`, CLOCK_SHIFT_MINUTES: String(minutes) },
});

test('clocks of control planes ten minutes fast and slow: once, in time', { timeout: 420_000 }, async () => {
  const owner = await database.session('owner');
  const period = await one<string>(owner, `select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM')`);
  await insertMonth(owner, { period, premiums: 300, claims: 40 });
  await owner.query(`select month_end.set_schedule(1, '0 0 1 * *', 'UTC', p_now => date_trunc('month', clock_timestamp(), 'UTC') - interval '1 minute')`);
  // its time is the next full minute that both can be there for
  await owner.query(`select month_end.set_schedule_exception(date_trunc('month', clock_timestamp() at time zone 'UTC')::date, 'MOVE', 'a test',
    date_trunc('minute', clock_timestamp() at time zone 'UTC' + interval '90 seconds'))`);
  const services = [shifted(10), shifted(-10)];
  const said = (): unknown => services.map((each) => each.said());
  // what they log is by their own clocks
  await until('both are there', () => services.every((each) => /"time":"/.test(each.said().stderr)) || undefined, { state: said });
  const offBy = services.map((each) => Math.round((Date.parse(/"time":"([^"]+)"/.exec(each.said().stderr)?.[1] ?? '') - Date.now()) / 600_000));
  expect(offBy).toEqual([1, -1]);

  await until('the month is closed', async () =>
    (await rowsOf(owner, `select from month_end.batch where status = 'COMPLETED'`)).length === 1 || undefined, { withinMs: 300_000, state: said });
  // the other one looks as well, meanwhile or next
  const decided = await one<Date>(owner, 'select decided_at from month_end.scheduled_run');
  await until('a minute has passed, in which either has looked again', async () =>
    (await one<boolean>(owner, `select clock_timestamp() > $1::timestamptz + interval '65 seconds'`, [decided])) || undefined,
  { withinMs: 120_000 });
  expect(await rowsOf(owner, 'select period, status, decided_at >= due_at from month_end.scheduled_runs')).toEqual([[period, 'COMPLETED', true]]);
  expect(await rowsOf(owner, 'select attempt, posted_count from month_end.batch')).toEqual([[1, '340']]);
  expect(await one(owner, `select count(*)::integer from pgboss.job where name = 'month-end-run'`)).toBe(1);
  // those who looked since it was decided found nothing
  expect(await one<number>(owner, `select count(*)::integer from pgboss.job where name = 'month-end-schedule' and state = 'completed'
    and completed_on > $1::timestamptz`, [decided])).toBeGreaterThan(0);
  for (const each of services) each.kill('SIGTERM');
  for (const each of services) expect(await each.ended).toMatchObject({ code: 0 });
  expect(services.filter((each) => each.said().stderr.includes(`${period}: STARTED`))).toHaveLength(1);
});
