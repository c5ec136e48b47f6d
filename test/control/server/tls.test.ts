import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { psqlEnvironment } from '../../../control/commands/psql-environment.ts';
import { projectFolder } from '../../../control/config.ts';
import { exitCodes } from '../../../control/exit-codes.ts';
import { clientConfig, connect, createPool } from '../../../control/server/connect.ts';
import { one } from '../../support/close.ts';
import { usePrivateServer } from '../../support/private-server.ts';

// The certificate signs itself, is for localhost and no address, and lasts until 2100; other.crt is another such.

const fixture = (name: string): string => join(projectFolder, 'test/support/tls', name);
const trusted = { sslrootcert: fixture('server.crt') };
const server = usePrivateServer();
let serviceUrl: string;
let owner: pg.Client;

beforeAll(async () => {
  const database = await server.database();
  ({ serviceUrl } = database);
  owner = await database.session();
});

function addressOf(host: string, parameters: Record<string, string>): string {
  const url = new URL(serviceUrl);
  url.hostname = host;
  url.search = new URLSearchParams(parameters).toString();
  return url.href;
}

const isEncrypted = 'select ssl from pg_catalog.pg_stat_ssl where pid = pg_backend_pid()';

async function encrypted(url: string): Promise<boolean> {
  const client = await connect({ url, applicationName: 'test' });
  return one<boolean>(client, isEncrypted).finally(() => client.end());
}

/** The server writes its own file: it may be another user, and takes no key that others can read. */
async function giveFile(name: string): Promise<void> {
  const lines = owner.escapeLiteral(readFileSync(fixture(name), 'utf8').trimEnd());
  await owner.query(`copy (select * from string_to_table(${lines}, E'\\n')) to program 'umask 077 && cat > ${name}'`);
}

test('a server without TLS is refused where it is required', async () => {
  expect(await encrypted(addressOf('127.0.0.1', {}))).toBe(false);
  await expect(encrypted(addressOf('127.0.0.1', { sslmode: 'require' }))).rejects.toMatchObject({
    exitCode: exitCodes.notReady, detail: expect.stringContaining('does not support SSL') as string, hint: expect.stringContaining('sslmode') as string });
});

describe('a server with TLS', () => {
  beforeAll(async () => {
    await giveFile('server.key');
    await giveFile('server.crt');
    await owner.query('alter system set ssl = on');
    await owner.query('select pg_reload_conf()');
    await vi.waitFor(async () => expect(await one(owner, `select current_setting('ssl')`)).toBe('on'), { timeout: 60_000 });
  });

  test.each<[string, string, Record<string, string>]>([
    ['require, whoever it is', '127.0.0.1', { sslmode: 'require' }],
    ['verify-ca, whatever its name', '127.0.0.1', { sslmode: 'verify-ca', ...trusted }],
    ['verify-full', 'localhost', { sslmode: 'verify-full', ...trusted }],
  ])('%s: encrypted', async (_what, host, parameters) => {
    expect(await encrypted(addressOf(host, parameters))).toBe(true);
  });

  const notTrusted = 'The certificate of the server is not trusted.';
  const other = { sslrootcert: fixture('other.crt') };
  test.each<[string, string, Record<string, string>, string]>([
    ['verify-full, another root', 'localhost', { sslmode: 'verify-full', ...other }, notTrusted],
    ['verify-full, no root', 'localhost', { sslmode: 'verify-full' }, notTrusted],
    ['verify-ca, another root', 'localhost', { sslmode: 'verify-ca', ...other }, notTrusted],
    ['require, another root', 'localhost', { sslmode: 'require', ...other }, notTrusted],
    ['verify-full, another host', '127.0.0.1', { sslmode: 'verify-full', ...trusted }, 'The certificate of the server is for another host.'],
  ])('%s: refused', async (_what, host, parameters, message) => {
    const url = addressOf(host, parameters);
    await expect(encrypted(url)).rejects.toMatchObject({
      name: 'OperatorError', message, exitCode: exitCodes.notReady, detail: expect.stringContaining(host) as string, hint: expect.stringContaining('DATABASE_URL') as string });
  });

  test('pools and commands connect alike', async () => {
    const url = addressOf('localhost', { sslmode: 'verify-full', ...trusted });
    const pool = createPool({ url, applicationName: 'test', max: 1 });
    expect((await pool.query(isEncrypted)).rows).toEqual([{ ssl: true }]);
    await pool.end();
    const run = (DATABASE_URL: string) => spawnSync(join(projectFolder, 'monthend'), ['sql', '--no-psql', '--json', '-c', isEncrypted],
      { encoding: 'utf8', env: { PATH: process.env.PATH, DATABASE_URL } });
    expect(run(url)).toMatchObject({ status: exitCodes.ok, stdout: '{"ssl":true}\n' });
    const refused = run(addressOf('127.0.0.1', { sslmode: 'verify-full', ...trusted }));
    expect(refused).toMatchObject({ status: exitCodes.notReady, stdout: '', stderr: expect.stringContaining('is for another host') as string });
    expect(refused.stderr).not.toContain(new URL(serviceUrl).password);
  });

  test('psql is told the same', () => {
    const url = addressOf('localhost', { sslmode: 'verify-full', ...trusted });
    const { port, username, password } = new URL(url);
    expect(psqlEnvironment(clientConfig({ url, applicationName: 'test' }), url)).toMatchObject({
      PGHOST: 'localhost', PGPORT: port, PGUSER: username, PGPASSWORD: password, PGSSLMODE: 'verify-full', PGSSLROOTCERT: trusted.sslrootcert });
    const file = fixture('no/such file+é.crt');
    const withFile = (name: string): string => addressOf('localhost', { sslmode: 'verify-full', [name]: file });
    for (const [name, variable] of [['sslcert', 'PGSSLCERT'], ['sslkey', 'PGSSLKEY']] as const) {
      expect(psqlEnvironment({}, withFile(name))).toMatchObject({ [variable]: file });
    }
    expect(psqlEnvironment({}, addressOf('localhost', {}))).toEqual({});
  });
});
