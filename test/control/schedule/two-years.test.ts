import type pg from 'pg';
import { PgBoss } from 'pg-boss';
import { beforeAll, expect, test } from 'vitest';
import { claimDueRuns } from '../../../control/jobs/calendar.ts';
import { one, rowsOf, setSetting } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';

// Two years of month ends in three time zones by a driven clock: two control planes look at once,
// every few minutes around each month end, up to ten minutes off; at times both are down.

const minute = 60_000;
const hour = 60 * minute;
const from = Date.parse('2027-01-10T00:00:00Z');
const ledgers = [
  { id: 1, zone: 'Europe/Berlin', cron: '0 23 L * *', missed: 'RUN_ONCE' },
  { id: 2, zone: 'America/New_York', cron: '0 23 L * *', missed: 'FLAG' },
  { id: 3, zone: 'Australia/Lord_Howe', cron: '45 1 3 * *', missed: 'RUN_ONCE' },
] as const;
/** Nobody looks: over one month end, and over two. */
const down = [['2027-05-31T00:00Z', '2027-06-04T12:00Z'], ['2028-02-28T00:00Z', '2028-04-04T00:00Z']]
  .map((window) => window.map((text) => Date.parse(text))) as [number, number][];
const inside = (at: number): [number, number] | undefined => down.find(([start, end]) => at >= start && at < end);

/** The same numbers in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

const database = useDatabase();
let owner: pg.Client;
// by a library of its own, not by the code under test
const expected = new Map(ledgers.map(({ id, cron, zone }) => [
  id, new PgBoss({ host: 'none' }).previewSchedule(cron, { tz: zone, from: new Date(from), count: 24 }).map(Number),
]));

beforeAll(async () => {
  owner = await database.session('owner');
  await owner.query(`insert into books.ledger (ledger_id, code, name, currency_id)
    select i, 'L' || i, 'Ledger ' || i, 978 from generate_series(2, 3) i`);
  await setSetting(owner, 'schedule_grace_minutes', '60');
  for (const { id, zone, cron, missed } of ledgers) {
    await owner.query('select month_end.set_schedule($1, $2, $3, $4, p_now => $5)', [id, cron, zone, missed, new Date(from)]);
  }
});

test('each period once, at its instant', { timeout: 300_000 }, async () => {
  const dues = [...expected.values()].flat();
  const end = Math.max(...dues) + 2 * hour;
  const looks = new Set<number>();
  for (let at = from; at < end; at += 12 * hour) looks.add(at);
  for (const due of dues) for (let at = due - hour; at <= due + hour; at += 5 * minute) looks.add(at);

  const planes = [await database.session(), await database.session()];
  const random = seeded(20_270_110);
  const errors: Error[] = [];
  const decided = new Map<string, number>();
  for (const at of [...looks].sort((a, b) => a - b)) {
    const claims = await Promise.all(planes.map((plane) => {
      const now = at + Math.round((random() * 20 - 10) * minute);
      return inside(now) ? Promise.resolve([]) : claimDueRuns(plane, { now: new Date(now), onError: (error) => errors.push(error) });
    }));
    for (const run of claims.flat()) decided.set(`${run.ledger_id} ${run.period}`, (decided.get(`${run.ledger_id} ${run.period}`) ?? 0) + 1);
  }

  expect(errors).toEqual([]);
  expect([...decided.values()].every((times) => times === 1)).toBe(true);
  for (const { id, missed } of ledgers) {
    const wanted = expected.get(id) ?? [];
    const runs = await rowsOf(owner, `select due_at, decided_at, status, batch_no is not null, period
      from month_end.scheduled_run where ledger_id = $1 order by period`, [id]) as [Date, Date, string, boolean, string][];
    expect(runs.map(([due]) => due.getTime())).toEqual(wanted);
    expect(new Set(runs.map(([, , , , period]) => period)).size).toBe(24);
    let late = 0;
    for (const [due, at, status, hasBatch] of runs) {
      const window = inside(due.getTime());
      const isMissed = window !== undefined && missed === 'FLAG';
      expect([status, hasBatch], due.toISOString()).toEqual(isMissed ? ['MISSED', false] : ['STARTED', true]);
      const soonest = window?.[1] ?? due.getTime();
      expect(at.getTime()).toBeGreaterThanOrEqual(soonest);
      // woken every 5 minutes, 10 off at most; after the windows only twice a day
      expect(at.getTime() - soonest).toBeLessThanOrEqual(window === undefined ? 25 * minute : 12 * hour + 10 * minute);
      if (window !== undefined) late += 1;
    }
    expect(late).toBe(3);
  }
  // as many batches as started runs, none of them a second attempt or a second one of its period
  expect(await rowsOf(owner, `select count(*), count(distinct (ledger_id, period)), max(attempt) from month_end.staging_month_end_master`))
    .toEqual([['69', '69', 1]]);
  expect(await rowsOf(owner, `select kind, count(*) from month_end.schedule_event group by 1 order by 1`))
    .toEqual([['MISSED', '3'], ['SET', '3'], ['STARTED', '69']]);
  expect(await one(owner, 'select count(*) from month_end.due_runs($1)', [new Date(end)])).toBe('0');
});
