import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { projectFolder } from '../../../control/config.ts';
import { useDatabase } from '../../support/database.ts';
import { premiumHeader } from '../../support/import.ts';

const database = useDatabase();
let folder: string;

beforeAll(() => {
  folder = mkdtempSync('/tmp/monthend-import-');
  writeFileSync(join(folder, 'wrong.csv'), 'a,b\n1,2\n');
  writeFileSync(join(folder, 'late.csv'), `${premiumHeader}\nk1,P,FIRE,2003-01-15,1.00,EUR,Center\nk2,P\n`);
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function monthend(...args: string[]): Promise<Ended> {
  const child = spawn(process.execPath, [join(projectFolder, 'control/main.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, DATABASE_URL: database.serviceUrl, NO_COLOR: '1' },
  });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode ?? -1, stdout, stderr };
}

const made = (name: string): string => join(projectFolder, 'data/made', name);

test('the made rows of the sample: what is kept aside is shown, and the command succeeds', async () => {
  const path = made('premiums-2003-01-made.csv');
  const { code, stdout, stderr } = await monthend('import', 'premiums', path);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const lines = stdout.trimEnd().split('\n');
  expect(lines[2]?.split('|').map((cell) => cell.trim())).toEqual([path, '9', '6', '0', '0', '0', '3']);
  expect(lines.slice(4)).toEqual([
    `WARNING: ${path}: 3 of 9 lines were kept aside:`,
    "  line 8, payment_date: '2003-02-30' is no date; dates look like 2003-01-31 (DATE_FORM)",
    "  line 9, amount: '12,50' is no number; amounts look like 1234.50 (AMOUNT_FORM)",
    '  line 10: 6 columns; 7 are expected (COLUMN_COUNT)',
    "  all: ./monthend sql -c 'select * from subledger.import_reject where import_id = 1'",
  ]);
  const claims = await monthend('import', 'claims', made('claims-2003-01-made.csv'), '--json');
  expect(JSON.parse(claims.stdout)).toMatchObject({
    schema: 'monthend.import/1',
    files: [{ status: 'IMPORTED', line_count: '5', loaded_count: '2', rejected_count: '3', rejects: [
      { line: 4, rule: 'DATE_FORM' }, { line: 5, rule: 'AMOUNT_FORM' }, { line: 6, rule: 'ID_MISSING' }] }],
  });
  const again = await monthend('import', 'premiums', path);
  expect(again.code).toBe(0);
  expect(again.stdout).toContain(`${path}: imported before, as import 1; nothing changed`);
});

test('a file that is refused gives exit code 5 and does not keep the next one out', async () => {
  const { code, stdout, stderr } = await monthend('import', 'premiums', join(folder, 'wrong.csv'), join(folder, 'late.csv'), '--json');
  expect(code).toBe(5);
  expect(stderr).toContain('DETAIL:  the first line is no header: a, b');
  expect(JSON.parse(stdout)).toMatchObject({ files: [
    { file: join(folder, 'wrong.csv'), status: 'REFUSED', detail: 'the first line is no header: a, b' },
    { file: join(folder, 'late.csv'), status: 'IMPORTED', loaded_count: '1', rejected_count: '1' },
  ] });
});

test('nothing of a file is obeyed by the terminal', async () => {
  const path = join(folder, 'escape.csv');
  const clear = '\x1b[2J\x9b2J\x07';
  writeFileSync(path, `${clear}\n`);
  const refused = await monthend('import', 'premiums', path);
  expect(refused).toMatchObject({ code: 5, stdout: '' });
  writeFileSync(path, `txn_id,policy_number,product_code,payment_date,amount,currency,cost_center\nE1,P,FIRE,2003-01-15,${clear},EUR,Center\n`);
  const kept = await monthend('import', 'premiums', path);
  expect(kept.stdout).toContain("line 2, amount: '\ufffd[2J\ufffd2J\ufffd' is no number");
  expect(refused.stderr + kept.stdout).not.toMatch(/(?!\n)\p{Cc}/u);
});

// A socket is there, and nobody can open it, root neither: as with a file without rights.
test.each(['none.csv', '.', 'socket'])('a file that cannot be read, %s, gives exit code 2, and the next one is loaded', async (name) => {
  const [path, next] = [resolve(folder, name), join(folder, 'late.csv')];
  const server = createServer().listen(join(folder, 'socket'));
  await once(server, 'listening');
  const refused = `ERROR:  ${path} cannot be read; nothing was done with it.\nDETAIL:  E`;
  const imported = await monthend('import', 'premiums', path, next);
  expect(imported).toMatchObject({ code: 2, stdout: expect.stringContaining(next) as string });
  const inspected = await monthend('import', 'inspect', path);
  expect(inspected).toMatchObject({ code: 2, stdout: '' });
  for (const { stderr } of [imported, inspected]) {
    expect(stderr).toContain(refused);
    expect(stderr.trimEnd().split('\n').at(-1)).toBe('HINT:  Check the name and the rights of the file.');
  }
  server.close();
});

test('a source that is none gives exit code 2', async () => {
  expect((await monthend('import', 'invoices', 'x')).code).toBe(2);
});

test('the help has the columns, the exit codes and an example', async () => {
  const { code, stdout } = await monthend('import', '--help');
  expect(code).toBe(0);
  for (const part of [premiumHeader, 'Exit codes:', 'Examples:']) expect(stdout).toContain(part);
});
