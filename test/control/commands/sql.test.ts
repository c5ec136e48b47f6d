import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { projectFolder } from '../../../control/config.ts';
import { exitCodes } from '../../../control/exit-codes.ts';
import { useDatabase } from '../../support/database.ts';

const database = useDatabase();
const folder = mkdtempSync('/tmp/monthend-test-');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function monthend(args: string[], more: { input?: string; PATH?: string } = {}) {
  const env = {
    PATH: more.PATH ?? process.env.PATH,
    DATABASE_URL: database.serviceUrl,
    MONTHEND_ADMIN_URL: database.adminUrl,
  };
  const result = spawnSync(join(projectFolder, 'monthend'), args, {
    encoding: 'utf8', env, input: more.input ?? '',
  });
  return { status: result.status, stdout: result.stdout, stderr: result.stderr };
}

describe('sql without psql', () => {
  test('prints each result as a table, numbers to the right, values as PostgreSQL writes them', () => {
    const { status, stdout } = monthend(['sql', '--no-psql', '-c',
      `select 1 as n, 'a' as t, null as gone, 10.50::numeric as amount union all select 22, 'bb', null, 2;
       select array[1.10, null]::numeric[] as list`]);
    expect(stdout).toBe(
      ' n | t  | gone | amount\n---+----+------+-------\n 1 | a  |      |  10.50\n22 | bb |      |      2\n(2 rows)\n'
        + 'list\n-----------\n{1.10,NULL}\n(1 row)\n',
    );
    expect(status).toBe(exitCodes.ok);
  });

  test('notices and errors go to stderr with their parts; the class gives the exit code', () => {
    const { status, stdout, stderr } = monthend(['sql', '--no-psql', '-c', `do $$ begin
      raise notice 'on the way';
      raise exception using errcode = 'M2001', message = 'unfit', detail = 'row 7', hint = 'correct it';
    end $$`]);
    expect(stdout).toBe('');
    expect(stderr.split('\n')).toEqual([
      'NOTICE:  on the way', 'ERROR:  unfit (SQLSTATE M2001)', 'DETAIL:  row 7', 'HINT:  correct it', '',
    ]);
    expect(status).toBe(exitCodes.validation);
  });

  test('takes a file, standard input, and rows as JSON with exact money', () => {
    const file = join(folder, 'a.sql');
    writeFileSync(file, 'select 12345678901234567.10::numeric as amount;');
    expect(monthend(['sql', '--json', file]).stdout).toBe('{"amount":"12345678901234567.10"}\n');
    expect(monthend(['sql', '--json'], { input: 'select 2 as n' }).stdout).toBe('{"n":2}\n');
    expect(monthend(['sql', '--no-psql', join(folder, 'none.sql')])).toMatchObject({
      status: exitCodes.usage, stdout: '', stderr: expect.stringContaining('none.sql cannot be read; nothing was done with it.') as string });
  });

  test('works as the service, and as the owner only when asked', () => {
    const who = ['sql', '--json', '-c', 'select rolsuper from pg_catalog.pg_roles where rolname = session_user'];
    expect(monthend(who).stdout).toBe('{"rolsuper":false}\n');
    expect(monthend(['sql', '--admin', '--json', '-c', "select current_database() as d"]).stdout)
      .toBe(`{"d":"${database.name}"}\n`);
  });
});

test('psql gets the password in its environment, never in an argument', () => {
  const psql = join(folder, 'psql');
  writeFileSync(psql, `#!/bin/sh\n[ "$1" = --version ] && exit 0\nprintf '%s\\n' "$*"\nprintf '%s\\n' "$PGPASSWORD"\n`, { mode: 0o755 });
  const { stdout } = monthend(['sql', '-c', 'select 1'], { PATH: `${folder}:/usr/bin:/bin` });
  const password = new URL(database.serviceUrl).password;
  const [args, given] = stdout.split('\n');
  expect(args).not.toContain(password);
  expect(given).toBe(password);
});

test('a server that does not answer: what to type, and its exit code', () => {
  const DATABASE_URL = 'postgresql://nobody:secret@127.0.0.1:1/none';
  const { status, stderr } = spawnSync(join(projectFolder, 'monthend'), ['db', 'status'], {
    encoding: 'utf8', env: { PATH: process.env.PATH, DATABASE_URL },
  });
  expect(status).toBe(exitCodes.notReady);
  expect(stderr).toContain('./monthend db start');
  expect(stderr).not.toContain('secret');
});

test('an unknown command or option ends with the code for usage', () => {
  expect(monthend(['no-such-command']).status).toBe(exitCodes.usage);
  expect(monthend(['db', 'start', '--no-such-option']).status).toBe(exitCodes.usage);
  expect(monthend(['db', 'start']).status).toBe(exitCodes.usage); // DATABASE_URL is set
  expect(monthend(['--help']).status).toBe(exitCodes.ok);
});
