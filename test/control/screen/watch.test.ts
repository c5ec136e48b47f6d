import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exitCodes } from '../../../control/exit-codes.ts';
import { endCommands, launcher, start, until } from '../../support/cli.ts';
import { bringTo, openBatch } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';
import { insertMonth } from '../../support/transactions.ts';

// `status --watch` on a terminal made by util-linux' script.

const database = useDatabase();
const batch = '2003-03-MONTHEND';
let owner: pg.Client;
afterAll(endCommands);
beforeAll(async () => {
  owner = await database.session('owner');
  await insertMonth(owner, { period: '2003-03', premiums: 500 });
  await openBatch(owner, '2003-03');
  await bringTo(owner, batch, 'PROCESSING');
});

const watch = (env: NodeJS.ProcessEnv = {}, what = batch, before = '', url = database.serviceUrl) =>
  start(url, ['-qefc', `stty cols 80 rows 24; ${before} exec ${launcher} status ${what} --watch`, '/dev/null'], {
    program: 'script', env: { TERM: 'xterm-256color', SHELL: '/bin/sh', ...env },
  });
const frames = (stream: string): string[] => stream.split('\x1b[?2026h\x1b[H').slice(1);

test('NO_COLOR, a frame in one piece, and after Ctrl-C the terminal as it was', async () => {
  const watching = watch({ NO_COLOR: '1' });
  await until('two frames', () => (frames(watching.said().stdout).length > 1 ? true : undefined));
  const pid = await until('its session', async () => (await owner.query<{ pid: number }>(
    `select pid from pg_stat_activity where application_name = 'monthend screen' and datname = current_database()`)).rows[0]?.pid);
  expect(pid).toBeGreaterThan(0);
  watching.kill('SIGINT');
  watching.kill('SIGTERM');
  const { stdout } = await watching.ended;
  expect(stdout.startsWith('\x1b[?1049h\x1b[?25l')).toBe(true);
  const [first = ''] = frames(stdout);
  expect(first).toContain(`${batch} ─ PROCESSING`);
  expect(first).not.toMatch(/\x1b\[[0-9;]*m/);
  expect(first.split('\r\n')).toHaveLength(24);
});

test('a terminal that is made larger gets frames of its new size', async () => {
  const sign = join(mkdtempSync(join(tmpdir(), 'resize-')), 'now');
  const watching = watch({ NO_COLOR: '1' }, batch, `(while [ ! -e ${sign} ]; do sleep 0.1; done; stty -F /dev/tty cols 100 rows 34) &`);
  await until('a frame', () => (frames(watching.said().stdout)[0]?.includes('Ctrl-C') ? true : undefined));
  writeFileSync(sign, '');
  const frame = await until('a frame of the new size', () => frames(watching.said().stdout).find((each) => each.split('\r\n').length === 34 && each.includes('Ctrl-C')));
  expect(frame.split('\r\n')[0]?.match(/^[^\x1b]*/)?.[0]).toHaveLength(100);
  expect(frame).toContain('· pending');
  watching.kill('SIGTERM');
  await watching.ended;
});

test('it ends with the batch, leaves the screen, and prints the report', async () => {
  const watching = watch();
  await until('a frame', () => (watching.said().stdout.includes('PROCESSING') ? true : undefined));
  await bringTo(owner, batch, 'COMPLETED');
  const { code, stdout } = await watching.ended;
  expect(code).toBe(exitCodes.ok);
  const [shown = '', report = ''] = stdout.split('\x1b[?25h\x1b[?1049l');
  expect(shown).toMatch(/\x1b\[1m/);
  expect(report).toContain(`${batch}: COMPLETED`);
  expect(report).not.toContain('\x1b[H');
});

test('without a batch it shows the newest, and the next one as it comes', async () => {
  const watching = watch({ NO_COLOR: '1' }, '');
  const shown = (text: string) => until(text, () => (frames(watching.said().stdout).at(-1)?.includes(text) ? true : undefined));
  await shown(`${batch} ─ COMPLETED`);
  await insertMonth(owner, { period: '2003-04', premiums: 50 });
  await openBatch(owner, '2003-04');
  await shown('2003-04-MONTHEND ─ OPENED');
  watching.kill('SIGINT');
  watching.kill('SIGTERM');
  await watching.ended;
  await owner.query(`call month_end.cancel('2003-04-MONTHEND')`);
});
