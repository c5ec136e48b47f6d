import type pg from 'pg';
import { PgBoss } from 'pg-boss';
import { beforeAll, describe, expect, test } from 'vitest';
import { errorOf, one, rowsOf } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';

const database = useDatabase();
let owner: pg.Client;
let viewer: pg.Client;
beforeAll(async () => {
  owner = await database.session('owner');
  viewer = await database.session('viewer');
});

const instant = async (local: string, zone: string): Promise<string> =>
  (await one<Date>(viewer, 'select month_end.local_instant($1::timestamp, $2)', [local, zone])).toISOString();

describe('a local time', () => {
  test.each([
    // an ordinary day, both halves of the year
    ['2026-01-31 23:00', 'Europe/Berlin', '2026-01-31T22:00:00.000Z'],
    ['2026-07-31 23:00', 'Europe/Berlin', '2026-07-31T21:00:00.000Z'],
    ['2026-11-30 23:00', 'Asia/Kolkata', '2026-11-30T17:30:00.000Z'],
    // left out: the first instant after, which is the change itself
    ['2026-03-29 02:30', 'Europe/Berlin', '2026-03-29T01:00:00.000Z'],
    ['2026-03-08 02:00', 'America/New_York', '2026-03-08T07:00:00.000Z'],
    ['2026-03-08 02:59', 'America/New_York', '2026-03-08T07:00:00.000Z'],
    ['2026-03-08 03:00', 'America/New_York', '2026-03-08T07:00:00.000Z'],
    ['2026-03-08 03:01', 'America/New_York', '2026-03-08T07:01:00.000Z'],
    ['2026-10-04 02:15', 'Australia/Lord_Howe', '2026-10-03T15:30:00.000Z'],
    ['2011-12-30 12:00', 'Pacific/Apia', '2011-12-30T10:00:00.000Z'],
    // twice: the first
    ['2026-10-25 02:30', 'Europe/Berlin', '2026-10-25T00:30:00.000Z'],
    ['2026-10-25 03:00', 'Europe/Berlin', '2026-10-25T02:00:00.000Z'],
    ['2026-11-01 01:30', 'America/New_York', '2026-11-01T05:30:00.000Z'],
    ['2026-04-05 01:45', 'Australia/Lord_Howe', '2026-04-04T14:45:00.000Z'],
    ['2026-04-05 01:15', 'Australia/Lord_Howe', '2026-04-04T14:15:00.000Z'],
  ])('%s in %s comes at %s', async (local, zone, expected) => {
    expect(await instant(local, zone)).toBe(expected);
  });
});

describe('the preview', () => {
  // pg-boss reads the same expressions by a library of its own: two years must agree to the instant.
  test.each([
    ['0 23 L * *', 'Europe/Berlin'], ['0 23 L * *', 'America/New_York'], ['0 23 L * *', 'Australia/Lord_Howe'],
    ['59 23 L * *', 'Asia/Kolkata'], ['30 0 1 * *', 'Pacific/Auckland'], ['15 4 28 * *', 'America/Sao_Paulo'],
  ])('of %s in %s is what pg-boss computes, for two years', async (cron, zone) => {
    await owner.query('delete from month_end.schedule_event; delete from month_end.schedule');
    const from = '2027-01-15T12:00:00Z';
    await owner.query('select month_end.set_schedule(1, $1, $2, p_now => $3)', [cron, zone, from]);
    const runs = await rowsOf(viewer, 'select due_at from month_end.preview_schedule(1, 24, $1)', [from]);
    expect(runs).toHaveLength(24);
    const boss = new PgBoss({ host: 'none' });
    expect(runs.map(([due]) => (due as Date).toISOString()))
      .toEqual(boss.previewSchedule(cron, { tz: zone, from: new Date(from), count: 24 }).map((due) => due.toISOString()));
  });

  test('names period, day and local time of each run, exceptions included', async () => {
    await owner.query('delete from month_end.schedule_event; delete from month_end.schedule');
    const now = '2026-11-15T00:00:00Z';
    await owner.query(`select month_end.set_schedule(1, p_time_zone => 'Europe/Berlin', p_now => $1)`, [now]);
    await owner.query(`select month_end.set_schedule_exception('2026-12-31', 'MOVE', 'holiday', '2027-01-02 06:00', p_now => $1)`, [now]);
    await owner.query(`select month_end.set_schedule_exception('2027-01-31', 'SKIP', 'by hand', p_now => $1)`, [now]);
    expect(await rowsOf(viewer, `select period, run_date::text, local_time::text, to_char(due_at at time zone 'UTC', 'MM-DD HH24:MI'), action, reason, is_overdue from month_end.preview_schedule(1, 4, $1)`, [now])).toEqual([
      ['2026-11', '2026-11-30', '2026-11-30 23:00:00', '11-30 22:00', 'RUN', null, false],
      ['2026-12', '2026-12-31', '2027-01-02 06:00:00', '01-02 05:00', 'MOVE', 'holiday', false],
      ['2027-01', '2027-01-31', '2027-01-31 23:00:00', '01-31 22:00', 'SKIP', 'by hand', false],
      ['2027-02', '2027-02-28', '2027-02-28 23:00:00', '02-28 22:00', 'RUN', null, false]]);
    // taken back
    await owner.query(`select month_end.set_schedule_exception('2026-12-31', 'RUN', p_now => $1)`, [now]);
    expect(await one(viewer, `select action from month_end.preview_schedule(1, 2, $1) where period = '2026-12'`, [now])).toBe('RUN');
  });
});

describe('refused', () => {
  const set = (...values: unknown[]) => errorOf(owner.query('select month_end.set_schedule($1, $2, $3, $4, $5, $6)', values));
  test.each([
    [[9, null, null, null, null, null], 'there is no ledger 9'],
    [[1, '0 23 * * *', null, null, null, null], `expression '0 23 * * *'`],
    [[1, '60 23 L * *', null, null, null, null], `expression '60 23 L * *'`],
    [[1, '0 24 L * *', null, null, null, null], `expression '0 24 L * *'`],
    [[1, '0 23 29 * *', null, null, null, null], `expression '0 23 29 * *'`],
    [[1, '0 23 0 * *', null, null, null, null], `expression '0 23 0 * *'`],
    [[1, null, 'Europe/Nowhere', null, null, null], `time zone 'Europe/Nowhere'`],
    [[1, null, null, 'NEVER', null, null], `missed 'NEVER'`],
    [[1, null, null, null, 1001, null], 'workers 1001, sessions '],
    [[1, null, null, null, null, 251], 'workers , sessions 251'],
  ])('a schedule of %j', async (values, detail) => {
    expect(await set(...values)).toMatchObject({ code: 'M2004', detail });
  });

  test('exceptions: of no run, in the past, without a reason, of a ledger without a schedule', async () => {
    await owner.query('delete from month_end.schedule_exception; delete from month_end.schedule');
    const now = '2026-11-15T00:00:00Z';
    const except = (text: string) => errorOf(owner.query(`select month_end.set_schedule_exception(${text}, p_now => $1)`, [now]));
    expect(await except(`'2026-12-31', 'SKIP', 'x'`)).toMatchObject({ code: 'M2004', detail: 'ledger 1 has no schedule' });
    await owner.query(`select month_end.set_schedule(1, p_time_zone => 'Europe/Berlin', p_now => $1)`, [now]);
    expect(await except(`'2026-12-30', 'SKIP', 'x'`)).toMatchObject({ code: 'M2004', hint: 'The run of 2026-12 is on 2026-12-31' });
    expect(await except(`'2026-12-31', 'SKIP'`)).toMatchObject({ code: 'M2004' });
    expect(await except(`'2026-12-31', 'MOVE', 'x'`)).toMatchObject({ code: 'M2004' });
    expect(await except(`'2026-12-31', 'MOVE', 'x', '2026-11-30 23:59'`)).toMatchObject({ code: 'M2004' });
    expect(await except(`'2026-11-30', 'MOVE', 'x', '2026-11-15 01:00'`)).toMatchObject({ code: 'M2004' });
    expect(await except(`'2026-10-31', 'SKIP', 'x'`)).toMatchObject({ code: 'M1021' });
    expect(await one(owner, 'select count(*) from month_end.schedule_exception')).toBe('0');
  });

  test('a viewer changes nothing', async () => {
    expect(await errorOf(viewer.query('select month_end.set_schedule()'))).toMatchObject({ code: '42501' });
    expect(await errorOf(viewer.query(`select month_end.claim_run(1, '2026-11')`))).toMatchObject({ code: '42501' });
  });
});
