import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exitCodes } from '../../../control/exit-codes.ts';
import { endCommands, launcher, run } from '../../support/cli.ts';
import { setSetting } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';
import { insertMonth } from '../../support/transactions.ts';

// The bar under a terminal of 80 columns (util-linux' script makes one): drawn over, never wrapped,
// gone at the end.

const database = useDatabase();
let owner: pg.Client;
afterAll(endCommands);
beforeAll(async () => {
  owner = await database.session('owner');
  await setSetting(owner, 'chunk_transactions', '256');
});

const columns = 80;
const escapes = /\x1b\[[0-9;?]*[A-Za-z]/g;

/** Everything that is on the terminal between two returns of the cursor. */
const drawn = (stream: string): string[] => stream.split(/[\r\n]/).map((line) => line.replace(escapes, ''));

async function closeInTerminal(month: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  await insertMonth(owner, { period: month, premiums: 20_000, claims: 5_000 });
  const shell = `stty cols ${columns} rows 24; exec ${launcher} close ${month} --sessions 1 --workers 4`;
  const { code, stdout } = await run(database.serviceUrl, ['-qefc', shell, '/dev/null'], {
    program: 'script', env: { TERM: 'xterm-256color', SHELL: '/bin/sh', ...env },
  });
  expect({ code, stdout }).toMatchObject({ code: exitCodes.ok });
  return stdout;
}

test('a bar is drawn again on one line, never beyond the terminal, and cleared before the report', async () => {
  const stream = await closeInTerminal('2006-01');
  const progress = stream.slice(0, stream.indexOf('2006-01-MONTHEND: COMPLETED'));
  const lines = drawn(progress).filter((line) => line !== '');
  expect(progress).not.toContain('\n');
  expect(lines.length).toBeGreaterThan(3);
  expect(lines.every((line) => [...line].length < columns)).toBe(true);
  expect(lines.some((line) => /^4\/8 parallel processing +█*░* +\d+ % {2}[\d,]+\/25,000 /.test(line))).toBe(true);
  expect(progress).toMatch(/\r\x1b\[K(\x1b\[[0-9;]*m)*$/); // nothing is left of it
  expect(drawn(stream.slice(progress.length)).every((line) => [...line].length <= columns)).toBe(true);
});

test('NO_COLOR: the same bar without colours', async () => {
  const stream = await closeInTerminal('2006-02', { NO_COLOR: '1' });
  expect(stream).toContain('█');
  expect([...new Set(stream.match(escapes))]).toEqual(['\x1b[K']);
});
