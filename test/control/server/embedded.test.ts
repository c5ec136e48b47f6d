import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { projectFolder } from '../../../control/config.ts';
import { OperatorError } from '../../../control/errors.ts';
import { exitCodes } from '../../../control/exit-codes.ts';
import { connect, findServer, startServer, stopServer } from '../../../control/server/index.ts';
import { processesOf, serves, waitUntilGone } from '../../../control/server/processes.ts';
import { readState } from '../../../control/server/state.ts';
import { type GuardedHome, guardedHome } from '../../support/home.ts';

const small = { maxSharedBuffersBytes: 64 * 1024 ** 2 };
const launcher = join(projectFolder, 'monthend');
const run = promisify(execFile);

/** The environment of a command that uses the embedded server of a home and no other. */
function environment(home: string): NodeJS.ProcessEnv {
  return { ...process.env, DATABASE_URL: '', MONTHEND_ADMIN_URL: '', MONTHEND_HOME: home };
}

/** Kills and waits until the kernel has let go of the process: until then it looks alive. */
async function killHard({ pid, data }: { pid: number; data: string }): Promise<void> {
  process.kill(pid, 'SIGKILL');
  expect(await waitUntilGone(() => serves(pid, data), 10_000)).toBe(true);
}

async function ask<T>(url: string, statement: string): Promise<T[]> {
  const client = await connect({ url, applicationName: 'test' });
  try {
    return (await client.query<T & pg.QueryResultRow>(statement)).rows;
  } finally {
    await client.end();
  }
}

describe('a running server', () => {
  let place: GuardedHome;
  beforeAll(() => { place = guardedHome(); });
  afterAll(() => place.release());

  test('two starts at once: one starts it, the other finds the same', async () => {
    const start = () => run(launcher, ['db', 'start', '--json'], { env: environment(place.home) });
    const [one, other] = await Promise.all([start(), start()]);
    const said = [one, other].map((result) => (result.stderr.includes('is started') ? 'started' : 'found'));
    expect(said.toSorted()).toEqual(['found', 'started']);
    expect(JSON.parse(one.stdout)).toMatchObject({ running: true, version: expect.stringMatching(/^\d+/) as string });
    expect((JSON.parse(one.stdout) as { pid: number }).pid).toBe((JSON.parse(other.stdout) as { pid: number }).pid);
  });

  test('outlives the command and is found by the next', async () => {
    const before = findServer(place.home);
    const again = await startServer({ home: place.home });
    expect(again).toMatchObject({ started: false, pid: before?.pid, port: before?.port });
  });

  test('folder and credentials are closed to others', async () => {
    const { data, socketFolder } = await startServer({ home: place.home });
    for (const path of [place.home, data, socketFolder]) {
      expect(statSync(path).mode & 0o777, path).toBe(0o700);
    }
    expect(statSync(join(place.home, 'server.json')).mode & 0o777).toBe(0o600);
  });

  test('the service is no superuser and can become none', async () => {
    const { serviceUrl } = await startServer({ home: place.home });
    const rows = await ask(serviceUrl, `
      select session_user::text as login, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls
        from pg_catalog.pg_roles where rolname = session_user`);
    expect(rows).toEqual([{
      login: 'monthend', rolsuper: false, rolcreatedb: false, rolcreaterole: false,
      rolreplication: false, rolbypassrls: false,
    }]);
    await expect(ask(serviceUrl, 'create role intruder')).rejects.toMatchObject({ code: '42501' });
    await expect(ask(serviceUrl, 'set role postgres')).rejects.toMatchObject({ code: '42501' });
  });

  test('a wrong password is refused, and the message says what to check', async () => {
    const { serviceUrl } = await startServer({ home: place.home });
    const wrong = serviceUrl.replace(/:[^:@]+@/, ':wrong@');
    await expect(connect({ url: wrong, applicationName: 'test' })).rejects.toMatchObject({
      message: 'The server refused the login.', exitCode: exitCodes.notReady,
    });
  });

  test('a login without rights is told what the administrator types', async () => {
    const { adminUrl, serviceUrl } = await startServer({ home: place.home });
    for (const statement of [`create role bare login password 'bare'`, 'create role monthend_some']) await ask(adminUrl, statement);
    const as = { url: serviceUrl.replace(/\/\/[^@]+@/, '//bare:bare@'), applicationName: 'test', role: 'monthend_some' };
    const refused = await connect(as).catch((error: unknown) => error);
    if (!(refused instanceof OperatorError)) throw new Error('It was let in.');
    const [, grants = ''] = /^As the administrator: (.*)$/.exec(refused.hint ?? '') ?? [];
    await ask(adminUrl, grants);
    const allowed = await connect(as);
    await allowed.end();
  });

  test('a role that is not there says to install', async () => {
    const { serviceUrl } = await startServer({ home: place.home });
    await expect(
      connect({ url: serviceUrl, applicationName: 'test', role: 'monthend_nobody' }),
    ).rejects.toMatchObject({ hint: expect.stringContaining('./monthend install') as string });
  });

  test('listens on the loopback alone, durably, and sorts by bytes', async () => {
    const { adminUrl } = await startServer({ home: place.home });
    const [row] = await ask<Record<string, string>>(adminUrl, `
      select current_setting('listen_addresses') as listen, current_setting('fsync') as fsync,
             current_setting('full_page_writes') as full_page_writes, current_setting('wal_level') as wal_level,
             current_setting('data_checksums') as checksums, current_setting('server_encoding') as encoding,
             current_setting('max_connections') as connections,
             ('Z' < 'a')::text as by_bytes,
             (select count(*) from pg_catalog.pg_file_settings where error is not null)::text as errors,
             (select count(*) from pg_catalog.pg_hba_file_rules where auth_method <> 'scram-sha-256')::text as open_doors`);
    expect(row).toEqual({
      listen: '127.0.0.1', fsync: 'on', full_page_writes: 'on', wal_level: 'replica', checksums: 'on',
      encoding: 'UTF8', connections: '250', by_bytes: 'true', errors: '0', open_doors: '0',
    });
  });

  test('types that a float or a moment would spoil stay text', async () => {
    const { serviceUrl } = await startServer({ home: place.home });
    const rows = await ask(serviceUrl, `
      select 12345678901234567.10::numeric as money, 9007199254740993::bigint as id, date '2003-01-31' as day,
             array[1.10, 2.20]::numeric[] as moneys, array[9007199254740993]::bigint[] as ids,
             array[date '2003-01-31'] as days, current_setting('TimeZone') as zone`);
    expect(rows).toEqual([{
      money: '12345678901234567.10', id: '9007199254740993', day: '2003-01-31', moneys: ['1.10', '2.20'],
      ids: ['9007199254740993'], days: ['2003-01-31'], zone: 'UTC',
    }]);
  });
});

describe('after a crash', () => {
  let place: GuardedHome;
  beforeAll(async () => {
    place = guardedHome();
    await startServer({ ...small, home: place.home });
  });
  afterAll(() => place.release());

  test('kill -9 of the postmaster: the next start recovers what was committed', async () => {
    const before = await startServer({ home: place.home });
    await ask(before.adminUrl, 'create table kept (n int)');
    await ask(before.adminUrl, 'insert into kept select generate_series(1, 10000)');
    await killHard(before);
    const after = await startServer({ ...small, home: place.home });
    expect(after.started).toBe(true);
    expect(after.pid).not.toBe(before.pid);
    expect(after.port).toBe(before.port);
    expect(await ask(after.adminUrl, 'select count(*)::int as n from kept')).toEqual([{ n: 10000 }]);
  });

  test('a backend that is still busy after the postmaster died does not stop the next start', async () => {
    const before = await startServer({ ...small, home: place.home });
    const busy = new pg.Client({ connectionString: before.adminUrl });
    busy.on('error', () => undefined);
    await busy.connect();
    // Reads and computes without ever waiting: it doesn't notice that the postmaster is gone.
    const statement = busy.query('select count(*) from generate_series(1, 2000000000)').catch(() => undefined);
    await expect.poll(() => ask(before.adminUrl, `
      select from pg_catalog.pg_stat_activity where state = 'active' and query like '%2000000000%'
         and pid <> pg_catalog.pg_backend_pid()`)).toHaveLength(1);
    await killHard(before);
    const after = await startServer({ ...small, home: place.home });
    expect(after.started).toBe(true);
    await statement;
  });

  test('a stale pid file whose number belongs to another program is seen through', async () => {
    const { data, pid } = await startServer({ ...small, home: place.home });
    const file = readFileSync(join(data, 'postmaster.pid'), 'utf8');
    await stopServer({ home: place.home });
    const other = spawn('sleep', ['600']);
    try {
      writeFileSync(join(data, 'postmaster.pid'), file.replace(String(pid), String(other.pid)), { mode: 0o600 });
      expect(findServer(place.home)).toBeUndefined();
      expect(await stopServer({ home: place.home })).toBe(false);
      const after = await startServer({ ...small, home: place.home });
      expect(after.started).toBe(true);
      expect(after.pid).not.toBe(other.pid);
    } finally {
      other.kill();
    }
    expect(other.signalCode === null || other.signalCode === 'SIGTERM').toBe(true);
  });

  test('stop leaves no process behind', async () => {
    const { data, pid } = await startServer({ ...small, home: place.home });
    expect(await stopServer({ home: place.home })).toBe(true);
    expect(processesOf(data)).toEqual([]);
    expect(serves(pid, data)).toBe(false);
    expect(await stopServer({ home: place.home })).toBe(false);
    expect(findServer(place.home)).toBeUndefined();
  });
});

describe('a start that does not come to its end', () => {
  let place: GuardedHome;
  beforeAll(() => { place = guardedHome(); });
  afterAll(() => place.release());

  const command = () =>
    spawn(launcher, ['db', 'start'], { env: environment(place.home), stdio: ['ignore', 'ignore', 'pipe'] });

  test('interrupted while the data is being made: says so, leaves nothing, the next start makes it', async () => {
    const start = command();
    const exit = once(start, 'exit');
    await once(start.stderr, 'data'); // "making a PostgreSQL …": initdb begins now
    start.kill('SIGINT');
    expect(await exit).toEqual([exitCodes.interrupted, null]);
    expect(processesOf(join(place.home, 'data'))).toEqual([]);
    expect(findServer(place.home)).toBeUndefined();
  });

  test('killed while the data is being made: the remains go with the next start', async () => {
    const start = command();
    const exit = once(start, 'exit');
    await once(start.stderr, 'data');
    start.kill('SIGKILL');
    await exit;
    const remains = `${readState(join(place.home, 'server.json'))?.data}.new-1`;
    mkdirSync(remains, { recursive: true });
    const server = await startServer({ ...small, home: place.home });
    expect(server.started).toBe(true);
    expect(existsSync(remains)).toBe(false);
    expect(await ask(server.serviceUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('a server that cannot start names its log and the last lines', async () => {
    const { data } = await startServer({ ...small, home: place.home });
    await stopServer({ home: place.home });
    const extra = join(data, 'postgresql.auto.conf');
    const before = readFileSync(extra, 'utf8');
    writeFileSync(extra, "work_mem = 'nonsense'\n");
    await expect(startServer({ ...small, home: place.home })).rejects.toMatchObject({
      message: 'The embedded server did not start.',
      detail: expect.stringMatching(/server\.log:[^]*invalid value for parameter "work_mem"/) as string,
      exitCode: exitCodes.notReady,
    });
    writeFileSync(extra, before);
    expect((await startServer({ ...small, home: place.home })).started).toBe(true);
  });

  test('credentials that others can read are refused', async () => {
    const file = join(place.home, 'server.json');
    chmodSync(file, 0o644);
    await expect(startServer({ home: place.home })).rejects.toMatchObject({
      hint: expect.stringContaining('chmod 600') as string,
    });
    chmodSync(file, 0o600);
  });
});

test.each(['/proc/x', '/proc/x/y', launcher])('a home where no folder can be made is refused: %s', async (home) => {
  await expect(run(launcher, ['db', 'start'], { env: environment(home) })).rejects.toMatchObject({
    code: exitCodes.usage, stderr: expect.stringContaining('ERROR:  The folder of the embedded server cannot be made.\nDETAIL:  ') as string,
  });
});

test('a home with a long path has its socket in a short folder', async () => {
  const place = guardedHome();
  const home = join(place.home, 'a-rather-long-name-for-a-folder'.repeat(3));
  try {
    const server = await startServer({ ...small, home });
    const socket = join(server.socketFolder, `.s.PGSQL.${server.port}`);
    expect(socket.length).toBeLessThanOrEqual(107);
    expect(socket).not.toContain(home);
    const url = `postgresql://postgres@localhost/postgres?host=${server.socketFolder}&port=${server.port}`;
    // It answers there: with its demand for a password.
    await expect(connect({ url, applicationName: 'test' })).rejects.toThrow();
    expect(statSync(socket).isSocket()).toBe(true);
  } finally {
    await stopServer({ home, mode: 'immediate' });
    await place.release();
  }
});
