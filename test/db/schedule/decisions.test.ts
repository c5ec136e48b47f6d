import type pg from 'pg';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { listDueRuns } from '../../../control/database/schedule.ts';
import { claimDueRuns } from '../../../control/jobs/calendar.ts';
import { errorOf, one, openBatch, rowsOf, setSetting } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';

// The run of 2026-11 is due at 22:00 UTC, 23:00 in Berlin, on the 30th.

const database = useDatabase();
let owner: pg.Client;
let service: pg.Client;
const due = '2026-11-30T22:00:00Z';

beforeAll(async () => {
  owner = await database.session('owner');
  service = await database.session();
});
beforeEach(() => set({ missed: 'FLAG', now: '2026-11-15T00:00:00Z' }));
afterEach(async () => {
  for (const table of ['scheduled_run', 'schedule_exception', 'schedule', 'schedule_event', 'batch_event', 'batch_phase', 'ended_batch_work', 'staging_month_end_master']) {
    await owner.query(`delete from month_end.${table}`);
  }
  await owner.query('delete from books.period');
});

const set = (change: { cron?: string; zone?: string; missed?: string; enabled?: boolean; now: string }) =>
  owner.query('select month_end.set_schedule(1, $1, $2, $3, p_is_enabled => $4, p_now => $5)',
    [change.cron ?? null, change.zone ?? 'Europe/Berlin', change.missed ?? null, change.enabled ?? null, change.now]);
const claim = async (now: string): Promise<string[]> => {
  const errors: Error[] = [];
  const claimed = await claimDueRuns(service, { now: new Date(now), onError: (error) => errors.push(error) });
  return [...claimed.map((run) => `${run.period} ${run.status}`), ...errors.map((error) => (error as { code?: string }).code ?? error.message)];
};
const decided = () => rowsOf(owner, 'select period, status, batch_id, reason from month_end.scheduled_runs order by period');

test('not a second before, and once', async () => {
  expect(await claim('2026-11-30T21:59:59Z')).toEqual([]);
  expect(await claim(due)).toEqual(['2026-11 STARTED']);
  expect(await claim(due)).toEqual([]);
  expect(await claim('2026-12-31T21:00:00Z')).toEqual([]);
  expect(await decided()).toEqual([['2026-11', 'OPENED', '2026-11-MONTHEND', null]]);
  expect(await one(owner, `select state from books.period where period = '2026-11'`)).toBe('CLOSING');
});

test('two sessions at the same instant: one of them', async () => {
  const sessions = await Promise.all(Array.from({ length: 8 }, () => database.session()));
  const claims = await Promise.all(sessions.map((session) =>
    session.query(`select status from month_end.claim_run(1, '2026-11', $1)`, [due])));
  expect(claims.map(({ rowCount }) => rowCount).sort()).toEqual([0, 0, 0, 0, 0, 0, 0, 1]);
  expect(await one(owner, 'select count(*) from month_end.staging_month_end_master')).toBe('1');
});

test('a run that another one decides about while the claim waits is left to it', async () => {
  const other = await database.session();
  await other.query('begin');
  expect((await other.query(`select status from month_end.claim_run(1, '2026-11', $1)`, [due])).rowCount).toBe(1);
  const second = claim(due);
  await expect.poll(() => one(owner, `select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like '%claim_run%'
    and datname = current_database()`)).toBe('1');
  await other.query('commit');
  expect(await second).toEqual([]);
});

test('a claim that is rolled back leaves the run to the next', async () => {
  await service.query('begin');
  expect(await claim(due)).toEqual(['2026-11 STARTED']);
  await service.query('rollback');
  expect(await decided()).toEqual([]);
  expect(await claim(due)).toEqual(['2026-11 STARTED']);
});

test('the clock is the database\'s, whatever this process thinks it is', async () => {
  const databaseNow = await one<Date>(owner, 'select clock_timestamp()');
  // due in five minutes; to a clock ten minutes ahead it looks due
  const soon = new Date(Math.floor(databaseNow.getTime() / 60_000) * 60_000 + 300_000);
  const month = soon.toISOString().slice(0, 7);
  await owner.query('delete from month_end.schedule');
  await owner.query(`select month_end.set_schedule(1, '0 0 L * *', 'UTC', p_now => $1)`, [`${month}-01T00:00:00Z`]);
  await owner.query(`insert into month_end.schedule_exception (ledger_id, period, run_date, action, moved_to, reason)
    values (1, $1, $2, 'MOVE', $3::timestamptz at time zone 'UTC', 'test')`, [month, `${month}-28`, soon]);
  vi.useFakeTimers({ now: databaseNow.getTime() + 600_000, toFake: ['Date'] });
  try {
    expect(await claimDueRuns(service, { onError: (error) => { throw error; } })).toEqual([]);
    expect(await listDueRuns(service, new Date())).toEqual([{ ledger_id: 1, period: month }]); // what it would have done
  } finally {
    vi.useRealTimers();
  }
});

test.each([
  ['FLAG', '2026-11-30T22:15:00Z', 'STARTED'], ['FLAG', '2026-11-30T22:15:01Z', 'MISSED'], ['RUN_ONCE', '2026-12-04T00:00:00Z', 'STARTED'],
])('%s, looked at again at %s: %s, and nothing more', async (missed, now, status) => {
  await set({ missed, now: '2026-11-15T00:00:00Z' });
  expect(await claim(now)).toEqual([`2026-11 ${status}`]);
  expect(await claim('2026-12-31T21:59:00Z')).toEqual([]);
  expect(await one(owner, 'select count(*) from month_end.staging_month_end_master')).toBe(status === 'STARTED' ? '1' : '0');
  expect(await rowsOf(owner, `select kind, period from month_end.schedule_event where kind <> 'SET'`)).toEqual([[status, '2026-11']]);
});

test('a missed run is a warning of the doctor until the month is closed', async () => {
  expect(await claim('2026-12-02T00:00:00Z')).toEqual(['2026-11 MISSED']);
  const findings = `select severity, finding, fix from month_end.diagnose() where subject = 'schedule'`;
  expect(await rowsOf(owner, findings)).toEqual([
    ['warning', 'the run of 2026-11 of ledger 1 was missed: late by 1560 minutes', './monthend close 2026-11 --ledger 1']]);
  await owner.query(`select books.ensure_period('2026-11', 1)`);
  await owner.query(`update books.period set state = 'CLOSED' where period = '2026-11'`);
  expect(await rowsOf(owner, findings)).toEqual([]);
});

test('several missed months: each once, in order', async () => {
  await set({ missed: 'RUN_ONCE', now: '2026-11-15T00:00:00Z' });
  expect(await claim('2027-02-10T00:00:00Z')).toEqual(['2026-11 STARTED', '2026-12 STARTED', '2027-01 STARTED']);
});

test('held or closed by hand: recorded, no loop', async () => {
  await openBatch(owner, '2026-11');
  expect(await claim(due)).toEqual(['2026-11 REFUSED']);
  expect(await claim(due)).toEqual([]);
  expect((await decided())[0]?.[3]).toMatch(/^another batch holds the period; 2026-11-MONTHEND is OPENED, opened by /);
  await owner.query(`select books.ensure_period('2026-12', 1)`);
  await owner.query(`update books.period set state = 'CLOSED' where period = '2026-12'`);
  expect(await claim('2026-12-31T22:00:00Z')).toEqual(['2026-12 REFUSED']);
  expect((await decided())[1]).toEqual(['2026-12', 'REFUSED', null, 'the period is closed already; 2026-12']);
});

test('held by a dry run: waited for', async () => {
  await owner.query(`select month_end.open_batch('2026-11', p_is_dry_run => true)`);
  expect(await claim(due)).toEqual([]);
  await owner.query(`call month_end.cancel('2026-11-MONTHEND')`);
  expect(await claim(due)).toEqual(['2026-11 STARTED']);
  expect((await decided())[0]?.slice(0, 3)).toEqual(['2026-11', 'OPENED', '2026-11-MONTHEND']);
});

test('a source row being changed (55P03) is told, leaves nothing, and is tried again', async () => {
  await setSetting(owner, 'lock_timeout_ms', '50');
  await owner.query(`select books.ensure_period('2026-11', 1)`);
  const writer = await database.session('owner');
  await writer.query('begin');
  await writer.query(`select from books.period where period = '2026-11' for share`);
  expect(await claim(due)).toEqual(['55P03']);
  expect(await decided()).toEqual([]);
  await writer.query('rollback');
  expect(await claim(due)).toEqual(['2026-11 STARTED']);
});

test('skipped and moved runs; decided ones are out of reach', async () => {
  const except = (text: string) => owner.query(`select month_end.set_schedule_exception(${text}, p_now => '2026-11-15T00:00:00Z')`);
  await except(`'2026-11-30', 'SKIP', 'audit'`);
  await except(`'2026-12-31', 'MOVE', 'holiday', '2027-01-02 06:00'`);
  expect(await claim(due)).toEqual(['2026-11 SKIPPED']);
  expect(await claim('2026-12-31T22:00:00Z')).toEqual([]);
  expect(await claim('2027-01-02T04:59:00Z')).toEqual([]);
  expect(await claim('2027-01-02T05:00:00Z')).toEqual(['2026-12 STARTED']); // still December
  expect(await decided()).toEqual([['2026-11', 'SKIPPED', null, 'audit'], ['2026-12', 'OPENED', '2026-12-MONTHEND', null]]);
  expect(await errorOf(except(`'2026-12-31', 'SKIP', 'too late'`))).toMatchObject({ code: 'M1021', detail: '2026-12 of ledger 1' });
});

test('a change of the plan: a time set into the past is due at once, a run that is overdue stays so', async () => {
  await set({ cron: '0 20 L * *', now: '2026-11-30T21:00:00Z' }); // 22:00 in Berlin
  expect(await claim('2026-11-30T21:01:00Z')).toEqual(['2026-11 STARTED']);
  await set({ cron: '0 21 L * *', now: '2027-01-02T00:00:00Z' }); // December was missed by then
  expect(await claim('2027-01-02T00:01:00Z')).toEqual(['2026-12 MISSED']);
});

test('what came due while it was disabled is not made up for', async () => {
  await set({ missed: 'RUN_ONCE', enabled: false, now: '2026-11-16T00:00:00Z' });
  expect(await claim(due)).toEqual([]);
  await set({ enabled: true, now: '2026-12-03T00:00:00Z' });
  expect(await claim('2026-12-03T00:00:00Z')).toEqual([]);
  expect(await claim('2026-12-31T22:00:00Z')).toEqual(['2026-12 STARTED']);
});

test.each([
  // Berlin's clocks: 28 March 2027 leaves out 02:00 to 03:00, 25 October 2026 has it twice
  ['left out', '30 2 28 * *', '2027-03-10T00:00:00Z', '2027-03', '2027-03-28T01:00:00Z', '2027-03-28T01:30:00Z'],
  ['twice', '30 2 25 * *', '2026-10-10T00:00:00Z', '2026-10', '2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z'],
])('02:30 in Berlin, %s: once, at its first instant', async (_, cron, now, period, first, second) => {
  await owner.query('delete from month_end.schedule');
  await set({ cron, now });
  expect(await claim(new Date(Date.parse(first) - 1000).toISOString())).toEqual([]);
  expect(await claim(first)).toEqual([`${period} STARTED`]);
  expect(await claim(second)).toEqual([]);
});
