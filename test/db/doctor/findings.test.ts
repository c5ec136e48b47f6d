import { createServer, connect as connectTcp, type Server, type Socket } from 'node:net';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { diagnose, type Facts, type Finding } from '../../../control/database/doctor.ts';
import { install, outdatedFiles } from '../../../control/install.ts';
import { findPooler } from '../../../control/database/pooler.ts';
import { errorOf, one, openBatch, rowsOf, setSetting } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';
import { insertMonth } from '../../support/transactions.ts';

// Each finding: the state is brought about, found, and gone after its fix. What needs a server of its own
// is in server.test.ts. Not brought about anywhere: a server that is a standby.

const database = useDatabase();
const GiB = 1024 ** 3;
let owner: pg.Client;
let service: pg.Client;

beforeAll(async () => {
  owner = await database.session('owner');
  service = await database.session();
});

/** What is found under a title, other than that all is well. */
async function found(subject: string, facts: Facts = {}, session = service): Promise<Finding[]> {
  return (await diagnose(session, facts)).filter((each) => each.subject === subject && each.severity !== 'ok');
}
const only = async (subject: string, facts: Facts = {}, session = service): Promise<Finding> => {
  const all = await found(subject, facts, session);
  expect(all).toHaveLength(1);
  return all[0] as Finding;
};

test('the SQL of every finding can be run, by a viewer too', async () => {
  await owner.query(`select month_end.set_schedule(1)`);
  await owner.query(`select month_end.set_schedule(1, p_is_enabled => false)`);
  const viewer = await database.session('viewer');
  const all = await diagnose(viewer, { pooler: 'session', clock_ahead_ms: 99_999, memory_bytes: 256 * GiB, cores: 32 });
  expect(all.length).toBeGreaterThan(15);
  for (const { query, subject } of all) await viewer.query(query).catch((error: Error) => expect.fail(`${subject}: ${query}: ${error.message}`));
  const order = ['error', 'warning', 'note', 'ok'];
  expect(all.map(({ severity }) => order.indexOf(severity))).toEqual(all.map(({ severity }) => order.indexOf(severity)).sort());
});

test('a superuser that works', async ({ skip }) => {
  skip(!(await one<boolean>(owner, 'select rolsuper from pg_roles where rolname = current_user')));
  expect(await only('login', {}, owner)).toMatchObject({ severity: 'warning', finding: expect.stringMatching(/ is a superuser$/) as string });
  expect(await found('login')).toEqual([]);
});

test('missing privileges', async () => {
  const viewer = await database.session('viewer');
  expect(await only('privileges', {}, viewer)).toMatchObject({ severity: 'error', finding: expect.stringMatching(/^missing: membership of monthend_operator; membership of monthend_service/) as string });
  const operator = await database.session('operator');
  const warned = await only('privileges', {}, operator);
  expect(warned).toMatchObject({ severity: 'warning', finding: expect.stringMatching(/^missing: membership of monthend_service,/) as string });
  await owner.query(warned.fix);
  expect(await found('privileges', {}, operator)).toEqual([]);
  await owner.query(warned.fix.replace('grant', 'revoke').replace(' to ', ' from '));
  await owner.query(`revoke temporary on database ${database.name} from public, monthend_owner`);
  await owner.query('revoke create on schema pgboss from monthend_operator');
  const { severity, finding, fix } = await only('privileges');
  expect({ severity, finding }).toEqual({ severity: 'error', finding: 'missing: temporary tables for imports; the schema of the job system' });
  await owner.query(fix);
  expect(await found('privileges')).toEqual([]);
});

test('functions changed, dropped and added by hand; install puts them back', async () => {
  await owner.query('alter function month_end.session_name() volatile');
  await owner.query('drop view month_end.scheduled_runs');
  await owner.query('create view ledger.mine as select 1 as one');
  const all = await found('functions');
  expect(all.map(({ severity }) => severity)).toEqual(['error', 'warning']);
  expect(all[0]).toMatchObject({ fix: './monthend install', finding: expect.stringMatching(/month_end\.session_name\(\) was changed/) as string });
  expect(all[0]?.finding).toMatch(/month_end\.scheduled_runs is gone/);
  expect(all[1]?.finding).toBe('ledger.mine is not ours');
  await install(database.adminUrl);
  expect(await found('functions')).toMatchObject([{ severity: 'warning' }]);
  await owner.query('drop view ledger.mine');
  expect(await found('functions')).toEqual([]);
});

test('functions of another version', async () => {
  await owner.query(`update month_end.function_source set checksum = 'another' where path like '%/je_id.sql'`);
  const outdated = await outdatedFiles(service);
  expect(outdated).toEqual(['db/functions/numbering/je_id.sql']);
  expect(await only('functions', { outdated_files: outdated })).toMatchObject({ severity: 'error' });
  await install(database.adminUrl);
  expect(await outdatedFiles(service)).toEqual([]);
});

test('an invalid index', async () => {
  await owner.query('create table subledger.delivery (id integer)');
  await owner.query('insert into subledger.delivery values (1), (1)');
  await errorOf(owner.query('create unique index concurrently delivery_id on subledger.delivery (id)'));
  const { severity, finding, fix } = await only('indexes');
  expect({ severity, finding }).toEqual({ severity: 'error', finding: 'invalid: subledger.delivery_id' });
  await owner.query('truncate subledger.delivery');
  await owner.query(fix);
  expect(await found('indexes')).toEqual([]);
  await owner.query('drop table subledger.delivery');
});

test('a trigger that is switched off', async () => {
  await owner.query('alter table ledger_data.account_balance disable trigger posted_rows_stay');
  const { severity, finding, fix } = await only('triggers');
  expect({ severity, finding }).toEqual({ severity: 'error', finding: 'switched off: posted_rows_stay on ledger_data.account_balance' });
  await owner.query(fix);
  expect(await found('triggers')).toEqual([]);
});

test('no statistics, and room for what is in the source', async () => {
  // in one transaction, so that autovacuum can't be faster
  await owner.query('begin');
  await insertMonth(owner, { period: '2003-05', premiums: 20_000 });
  const { severity, fix } = await only('statistics', {}, owner);
  expect(severity).toBe('warning');
  expect((await found('disk', { free_bytes: 1024 ** 2 }, owner))[0]).toMatchObject({ severity: 'error' });
  await owner.query(fix);
  expect(await found('statistics', {}, owner)).toEqual([]);
  expect(await found('disk', {}, owner)).toMatchObject([{ severity: 'note' }]);
  // 20,000 transactions: 44 MB to store, and 38 MB of WAL
  expect(await only('disk', { free_bytes: 83_000_000 }, owner)).toMatchObject({ severity: 'warning', finding: expect.stringContaining('20000') as string });
  expect(await only('disk', { free_bytes: 81_000_000 }, owner)).toMatchObject({ severity: 'error' });
  expect(await found('disk', { free_bytes: 165_000_000 }, owner)).toEqual([]);
  await owner.query('rollback');
});

test('more workers than connections', async () => {
  await setSetting(owner, 'workers', '1000');
  expect(await only('connections')).toMatchObject({ severity: 'warning', fix: expect.stringMatching(/max_connections = 1\d\d\d;/) as string });
  await setSetting(owner, 'workers', '16');
  expect(await found('connections')).toEqual([]);
});

test('a timeout that would end a close', async () => {
  await service.query(`set statement_timeout = '1h'`);
  expect(await only('statement_timeout')).toMatchObject({ severity: 'warning', fix: expect.stringMatching(/^alter role \w+ set statement_timeout = 0$/) as string });
  await service.query('reset statement_timeout');
  expect(await found('statement_timeout')).toEqual([]);
});

test('settings that are not those of a close, and a machine that is not known', async () => {
  await service.query('set parallel_tuple_cost = 1');
  expect(await only('parallel_tuple_cost')).toMatchObject({ severity: 'note', finding: '1; 0.01 would do (spec)', query: 'show parallel_tuple_cost' });
  await service.query('reset parallel_tuple_cost');
  expect(await found('parallel_tuple_cost')).toEqual([]);
  expect(await only('machine')).toMatchObject({ severity: 'note' });
  const large = { memory_bytes: 1024 * GiB, cores: 64 };
  expect(await found('machine', large)).toEqual([]);
  expect(await only('shared_buffers', large)).toMatchObject({ severity: 'warning', finding: expect.stringContaining('256GB would do') as string });
  expect(await found('shared_buffers', { memory_bytes: 2 * GiB, cores: 2 })).toEqual([]);
});

test('huge pages', async ({ skip }) => {
  skip((await one<string | null>(owner, `select current_setting('huge_pages_status', true)`)) !== 'off');
  expect(await only('huge pages', { memory_bytes: 64 * GiB, cores: 8 })).toMatchObject({ severity: 'note', fix: expect.stringMatching(/vm\.nr_hugepages=\d+/) as string });
  expect(await found('huge pages', { memory_bytes: 16 * GiB, cores: 8 })).toEqual([]);
});

test('clocks apart', async () => {
  expect(await found('clock', { clock_ahead_ms: 1500 })).toEqual([]);
  expect(await only('clock', { clock_ahead_ms: 3000 })).toMatchObject({ severity: 'note', finding: 'the control plane is 3.0 s ahead of the database' });
  expect(await only('clock', { clock_ahead_ms: -70_000 })).toMatchObject({ severity: 'warning', finding: 'the control plane is 70.0 s behind the database' });
});

test('a long transaction', async () => {
  const report = await database.session('viewer', 'a report');
  await setSetting(owner, 'long_transaction_minutes', '0');
  await report.query('begin isolation level repeatable read');
  const pid = await one<number>(report, 'select pg_backend_pid()');
  const mine = async (): Promise<Finding[]> => (await found('long transaction')).filter(({ finding }) => finding.startsWith(`pid ${pid} (a report)`));
  const [finding] = await mine();
  expect(finding).toMatchObject({ severity: 'warning', fix: expect.stringContaining(`pg_terminate_backend(${pid})`) as string });
  await report.query('rollback');
  expect(await mine()).toEqual([]);
  await setSetting(owner, 'long_transaction_minutes', '15');
});

test('a batch that nobody works on, and a ledger without a schedule', async () => {
  const id = await openBatch(owner, '2003-09');
  expect(await only('batch')).toMatchObject({ severity: 'warning', fix: `./monthend resume ${id}, or: ./monthend cancel ${id}` });
  await owner.query('call month_end.cancel($1)', [id]);
  expect(await found('batch')).toEqual([]);
  expect(await only('no schedule')).toMatchObject({ severity: 'note', fix: './monthend schedule enable --ledger 1' });
  await owner.query(`select month_end.set_schedule(1, p_is_enabled => true)`);
  expect(await found('no schedule')).toEqual([]);
});

// What every pooler does: its clients are told a process id that it has made up.
let pooler: Server;
const sockets: Socket[] = [];
beforeAll(async () => {
  const { hostname, port } = new URL(database.serviceUrl);
  pooler = createServer((client) => {
    const server = connectTcp({ host: hostname, port: Number(port) });
    sockets.push(client, server);
    client.pipe(server);
    server.on('data', (bytes) => {
      const at = bytes.indexOf(Buffer.from([0x4b, 0, 0, 0, 12]));
      if (at >= 0) bytes.writeInt32BE(4711, at + 5);
      client.write(bytes);
    });
    client.on('close', () => server.destroy()).on('error', () => undefined);
    server.on('close', () => client.destroy()).on('error', () => undefined);
  });
  await new Promise<void>((resolve) => pooler.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  pooler.close();
});

test('a pooler', async () => {
  expect(await findPooler(database.serviceUrl)).toBe('none');
  const through = new URL(database.serviceUrl);
  const address = pooler.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  through.hostname = '127.0.0.1';
  through.port = String(address.port);
  expect(await findPooler(through.href)).toBe('session');
  expect(await only('pooler', { pooler: 'session' })).toMatchObject({ severity: 'warning' });
  expect(await only('pooler', { pooler: 'transaction' })).toMatchObject({ severity: 'error' });
  expect(await found('pooler', { pooler: 'none' })).toEqual([]);
  expect(await rowsOf(service, 'select 1')).toEqual([[1]]);
});
