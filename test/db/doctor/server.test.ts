import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { diagnose, type Finding } from '../../../control/database/doctor.ts';
import { connect } from '../../../control/server/index.ts';
import { findBinaries } from '../../../control/server/binaries.ts';
import { endCommands, run } from '../../support/cli.ts';
import { one, setSetting } from '../../support/close.ts';
import { guardedHome } from '../../support/home.ts';
import { usePrivateServer } from '../../support/private-server.ts';
import { openStandby } from '../../support/standby.ts';

// Findings about the whole server, on one that nobody else uses.

const server = usePrivateServer();
let open: () => Promise<pg.Client>;
let owner: pg.Client;
let url: string;

afterAll(endCommands);
beforeAll(async () => {
  const database = await server.database();
  open = database.session;
  url = database.adminUrl;
  owner = await open();
});

const found = async (subject: string): Promise<Finding[]> =>
  (await diagnose(owner, {})).filter((each) => each.subject === subject && each.severity !== 'ok');
const restart = async (): Promise<void> => {
  await server.crash();
  await server.start();
  owner = await open();
};
/** The reload has reached this session. */
const reloaded = async (name: string, value: string): Promise<void> => {
  await owner.query('select pg_reload_conf()');
  await expect.poll(() => one(owner, `select current_setting('${name}')`)).toBe(value);
};
const statements = (text: string): string[] => (text.split(': a crash')[0] ?? '').split(';').map((part) => part.trim());

test.each([
  ['fsync', 'error', 'fsync'], ['full_page_writes', 'error', 'full_page_writes'], ['synchronous_commit', 'warning', 'synchronous_commit'],
  ['autovacuum', 'warning', 'autovacuum'], ['track_counts', 'warning', 'autovacuum'],
] as const)('%s off: %s', async (name, severity, subject) => {
  await owner.query(`alter system set ${name} = off`);
  await reloaded(name, 'off');
  const [finding] = await found(subject);
  expect(finding).toMatchObject({ severity });
  for (const statement of statements(finding?.fix ?? '')) await owner.query(statement);
  await reloaded(name, 'on');
  expect(await found(subject)).toEqual([]);
  await owner.query(`alter system reset ${name}`);
});

test('a slot that nobody reads', async () => {
  await owner.query(`select pg_create_physical_replication_slot('forgotten', true)`);
  expect(await found('replication slot')).toMatchObject([{
    severity: 'warning', finding: expect.stringMatching(/^forgotten is not in use and keeps .* of WAL/) as string }]);
  await owner.query(`select pg_drop_replication_slot('forgotten')`);
  expect(await found('replication slot')).toEqual([]);
});

test('a standby that is behind', async () => {
  // a gigabyte of WAL, most of it the unused ends of its files
  for (let file = 0; file < 64; file += 1) await owner.query(`select pg_logical_emit_message(false, 'test', ''), pg_switch_wal()`);
  const standby = await openStandby(url, 'late');
  standby.replayed(1n);
  await expect.poll(() => found('standby'), { timeout: 20_000 }).toMatchObject([{
    severity: 'warning', finding: expect.stringMatching(/^late is 1\d{3} MB behind$/) as string }]);
  standby.replayed(BigInt(await one<string>(owner, `select pg_current_wal_lsn() - '0/0'`)));
  await expect.poll(() => found('standby'), { timeout: 20_000 }).toEqual([]);
  await standby.end();
});

test('a synchronous standby that is not there', async () => {
  await owner.query('set synchronous_commit = local');
  await owner.query(`alter system set synchronous_standby_names = 'nobody'`);
  await reloaded('synchronous_standby_names', 'nobody');
  expect(await found('synchronous standby')).toMatchObject([{ severity: 'error', finding: 'commits wait for nobody, and none is connected' }]);
  await owner.query('alter system reset synchronous_standby_names');
  await reloaded('synchronous_standby_names', '');
  expect(await found('synchronous standby')).toEqual([]);
});

test('statistics of others hidden', async () => {
  await owner.query('revoke pg_read_all_stats from monthend_owner');
  const [finding] = await found('privileges');
  expect(finding).toMatchObject({ severity: 'note', finding: 'missing: statistics of other sessions' });
  await owner.query(finding?.fix ?? '');
  expect(await found('privileges')).toEqual([]);
});

test('memory and cores of the machine, where they may be read', async () => {
  expect(await found('machine')).toMatchObject([{ severity: 'note' }]);
  expect(await one(owner, 'select month_end.read_machine()')).toBeNull();
  await owner.query('grant pg_read_server_files to monthend_owner');
  await owner.query('grant execute on function pg_read_file(text, bigint, bigint, boolean) to monthend_owner');
  expect(await one(owner, 'select month_end.read_machine()')).toEqual({ memory_bytes: totalmem(), cores: cpus().length });
  expect(await found('machine')).toEqual([]);
  await owner.query('revoke pg_read_server_files from monthend_owner');
});

test('transactions older than they should be', async () => {
  await setSetting(owner, 'freeze_age_warning', '30000');
  expect(await found('freeze age')).toEqual([]);
  const burn = `do $$ begin for i in 1..32000 loop perform pg_current_xact_id(); commit; end loop; end $$`;
  await owner.query(burn);
  expect(await found('freeze age')).toMatchObject([{ severity: 'warning' }]);
  await owner.query(burn);
  expect(await found('freeze age')).toMatchObject([{ severity: 'error' }]);
  await owner.query('vacuum (freeze)');
  expect(await found('freeze age')).toEqual([]);
});

test('a small lock table, few connections, a transaction prepared and forgotten', async () => {
  for (const setting of ['max_locks_per_transaction = 10', 'max_connections = 20', 'max_prepared_transactions = 2']) {
    await owner.query(`alter system set ${setting}`);
  }
  await restart();
  expect(await found('lock table')).toMatchObject([{ severity: 'error' }]);
  expect(await found('connections')).toMatchObject([{ severity: 'warning' }]);
  expect(await found('max_connections')).toMatchObject([{ severity: 'note' }]);
  await owner.query(`begin; update month_end.setting set value = value where name = 'workers'; prepare transaction 'forgotten'`);
  const [finding] = await found('prepared transaction');
  expect(finding).toMatchObject({ severity: 'warning', finding: expect.stringMatching(/^forgotten since /) as string });
  await owner.query((finding?.fix ?? '').split('or: ')[1] ?? '');
  expect(await found('prepared transaction')).toEqual([]);
  // recovery would prepare it again, and then there is no room for one
  await owner.query('checkpoint');
  await owner.query('alter system reset all');
  await restart();
  for (const subject of ['lock table', 'connections', 'max_connections']) expect(await found(subject)).toEqual([]);
});

test('no checksums: the data was made without', async () => {
  expect(await found('checksums')).toEqual([]);
  const place = guardedHome();
  const native = join(place.home, 'native');
  const real = findBinaries(place.home, undefined);
  mkdirSync(join(native, 'bin'), { recursive: true });
  for (const part of ['lib', 'share']) symlinkSync(join(real.native, part), join(native, part));
  for (const program of ['postgres', 'pg_ctl']) symlinkSync(join(dirname(real.postgres), program), join(native, 'bin', program));
  writeFileSync(join(native, 'bin', 'initdb'), `#!/bin/sh\nexec '${real.initdb}' "$@" --no-data-checksums\n`);
  chmodSync(join(native, 'bin', 'initdb'), 0o755);
  const env = { MONTHEND_HOME: place.home, MONTHEND_POSTGRES_NATIVE: native, DATABASE_URL: '' };
  try {
    for (const command of [['db', 'start'], ['install']]) expect(await run('', command, { env })).toMatchObject({ code: 0 });
    const session = await connect({ url: (await run('', ['db', 'url', '--admin'], { env })).stdout.trim(), applicationName: 'test' });
    expect((await diagnose(session, {})).filter(({ subject }) => subject === 'checksums')).toMatchObject([{ severity: 'warning', finding: 'off' }]);
    await session.end();
  } finally {
    await place.release();
  }
});
