import { afterAll, expect, test } from 'vitest';
import { endCommands, run } from '../../support/cli.ts';
import { rowsOf } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';

const database = useDatabase();
afterAll(endCommands);
const schedule = (...args: string[]) => run(database.serviceUrl, ['schedule', ...args]);
const json = async (...args: string[]): Promise<unknown> => {
  const ended = await schedule(...args, '--json');
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  return JSON.parse(ended.stdout) as unknown;
};

interface Planned { period: string; run_date: string; local_time: string; due_at: string; action: string; reason: string | null }

test('set, preview, skip, move, disable, enable, show', { timeout: 120_000 }, async () => {
  expect(await schedule('show')).toMatchObject({ code: 4, stdout: '', stderr: expect.stringContaining('Ledger 1 has no schedule.') as string });
  expect(await json('set', '--time-zone', 'America/New_York')).toMatchObject({
    ledger_id: 1, cron: '0 23 L * *', time_zone: 'America/New_York', missed: 'RUN_ONCE', is_enabled: true, workers: null, sessions: null });
  expect(await json('set', '--missed', 'FLAG', '--workers', '8')).toMatchObject({
    cron: '0 23 L * *', time_zone: 'America/New_York', missed: 'FLAG', workers: 8 });

  const runs = await json('preview', '--runs', '14') as Planned[];
  expect(runs).toHaveLength(14);
  expect(new Set(runs.map((each) => each.period)).size).toBe(14);
  for (const each of runs) {
    // another library's idea of that zone's clock
    const local = new Intl.DateTimeFormat('sv-SE', { timeZone: 'America/New_York', dateStyle: 'short', timeStyle: 'short' }).format(new Date(each.due_at));
    expect(each).toMatchObject({ action: 'RUN', local_time: local });
    const [year, month] = each.period.split('-').map(Number);
    expect(each.run_date).toBe(new Date(Date.UTC(year ?? 0, month ?? 0, 0)).toISOString().slice(0, 10));
    expect(each.local_time).toBe(`${each.run_date} 23:00`);
  }
  const [, second, third] = runs;
  if (second === undefined || third === undefined) throw new Error('no runs');
  expect(await json('skip', second.run_date, '--reason', 'audit')).toMatchObject({ period: second.period, action: 'SKIP', reason: 'audit' });
  expect(await json('move', third.run_date, `${third.run_date}T12:30`, '--reason', 'early')).toMatchObject({
    period: third.period, action: 'MOVE', local_time: `${third.run_date} 12:30` });
  const table = (await schedule('preview', '--runs', '3')).stdout;
  expect(table).toMatch(new RegExp(`${second.period}.*skipped.*audit`));
  expect(table).toMatch(new RegExp(`${third.period}.*${third.run_date} 12:30.*America/New_York.*UTC.*moved.*early`));
  expect(await json('move', third.run_date)).toMatchObject({ action: 'RUN', local_time: third.local_time });

  expect(await schedule('move', third.run_date, 'tomorrow', '--reason', 'x')).toMatchObject({ code: 2 });
  expect(await schedule('move', third.run_date, `${third.run_date}T12:30`)).toMatchObject({ code: 5, stderr: expect.stringContaining('M2004') as string });
  expect(await schedule('set', '--cron', '0 23 * * *')).toMatchObject({ code: 5, stderr: expect.stringContaining('such as: 0 23 L * *') as string });

  expect(await json('disable')).toMatchObject({ is_enabled: false });
  expect((await schedule('show')).stdout).toContain('not closed (disabled)');
  expect(await json('enable')).toMatchObject({ is_enabled: true });
  expect(await json('show')).toMatchObject({ schedule: { missed: 'FLAG' }, decided: [], next: [{ action: 'RUN' }, { action: 'SKIP' }, { action: 'RUN' }] });
  expect(await rowsOf(await database.session('viewer'), 'select kind from month_end.schedule_event order by event_id'))
    .toEqual(['SET', 'SET', 'SKIP', 'MOVE', 'RUN', 'SET', 'SET'].map((kind) => [kind]));
  expect((await schedule('--help')).stdout).toContain('monthend schedule preview --runs 12');
});
