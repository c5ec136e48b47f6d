import type pg from 'pg';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { diagnose } from '../../../control/database/doctor.ts';
import { exitCodes } from '../../../control/exit-codes.ts';
import { connect } from '../../../control/server/index.ts';
import { endCommands, run, start } from '../../support/cli.ts';
import { batchOf, errorOf, rowsOf, setSetting } from '../../support/close.ts';
import { batchId, blocks, closeCommand, fillMonth, holdIn, noSessionLeft } from '../../support/disturbed.ts';
import { type PrivateDatabase, usePrivateServer } from '../../support/private-server.ts';

// The server's settings are raised while a batch runs, and as they were after it, whatever happened.

const server = usePrivateServer();
const raised = ['3GB', '2GB', '0.95'];
// the first two by ALTER SYSTEM, min_wal_size high enough, the last one as the configuration file has it
const before = ['1GB', '2GB', '0.9'];
const names = ['max_wal_size', 'min_wal_size', 'checkpoint_completion_target'];
let database: PrivateDatabase;
let owner: pg.Client;

afterAll(endCommands);

beforeEach(async () => {
  database = await server.database();
  owner = await database.session();
  await owner.query(`grant alter system on parameter ${names.join(', ')} to monthend_operator`);
  await owner.query('grant execute on function pg_reload_conf() to monthend_operator');
  await owner.query(`alter system set max_wal_size = '1GB'`);
  await owner.query(`alter system set min_wal_size = '2GB'`);
  await owner.query('alter system reset checkpoint_completion_target');
  await owner.query('select pg_reload_conf()');
  await setSetting(owner, 'window_settings', 'on');
  await owner.query(`update month_end.window_setting set window_value = '3GB' where name = 'max_wal_size'`);
  await owner.query(`update month_end.window_setting set window_value = '0.95' where name = 'checkpoint_completion_target'`);
  await fillMonth(owner);
  await see(before);
});

const settings = async (): Promise<unknown[]> =>
  (await rowsOf(owner, `select current_setting(name) from unnest($1::text[]) name`, [names])).flat();
/** A reload reaches a session a moment later. */
const see = (values: readonly string[]) => expect.poll(settings).toEqual(values);
const findings = async (client: pg.Client): Promise<string[]> =>
  (await diagnose(client, {})).filter(({ subject }) => subject === 'window settings').map(({ finding }) => finding);
const hold = (phase: number) => {
  const block = blocks.find((each) => each.phase === phase);
  if (block === undefined) throw new Error(`no phase ${phase}`);
  return holdIn(block, database.session, owner, () => start(database.serviceUrl, closeCommand));
};

/** Values, what ALTER SYSTEM has left, and what is kept of before. */
async function expectAsBefore(): Promise<void> {
  await see(before);
  expect(await rowsOf(owner, `select name, setting from pg_file_settings where sourcefile like '%auto.conf' order by name`)).toEqual([['max_wal_size', '1GB'], ['min_wal_size', '2GB']]);
  expect(await rowsOf(owner, 'select name from month_end.window_setting where raised_at is not null or value_before is not null')).toEqual([]);
  expect(await findings(owner)).toEqual([]);
}

test('a close: raised in the middle, as before at its end', async () => {
  const held = await hold(4);
  await see(raised);
  expect(await rowsOf(owner, `select name, value_before from month_end.window_setting where raised_at is not null order by name`))
    .toEqual([['checkpoint_completion_target', null], ['max_wal_size', '1GB']]);
  expect(await findings(owner)).toEqual([]);
  expect(await rowsOf(owner, 'select month_end.restore_window_settings()')).toEqual([]); // while it is needed
  await held.release();
  expect((await held.close.ended).code).toBe(exitCodes.ok);
  await expectAsBefore();
});

test('a pre-flight that fails, and Ctrl-C', async () => {
  await setSetting(owner, 'reject_tolerance_count', '0');
  await setSetting(owner, 'reject_tolerance_share', '0');
  await owner.query(`update subledger.premium_transaction set currency = 'none' where txn_id = (select min(txn_id) from subledger.premium_transaction)`);
  expect((await run(database.serviceUrl, closeCommand)).code).toBe(exitCodes.validation);
  await expectAsBefore();
  await setSetting(owner, 'reject_tolerance_count', '100');
  const held = await hold(2);
  await see(raised);
  held.close.kill('SIGINT');
  expect((await held.close.ended).code).toBe(exitCodes.interrupted);
  await held.release();
  await expectAsBefore();
});

test('a killed control plane: the doctor sees it, psql puts it back', async () => {
  const held = await hold(4);
  await see(raised);
  held.close.kill('SIGKILL');
  await held.close.ended;
  await noSessionLeft(owner);
  await held.release();
  await see(raised);
  expect(await findings(owner)).toEqual([expect.stringMatching(/^checkpoint_completion_target, max_wal_size raised since/)]);
  expect(await errorOf(owner.query('select month_end.forget_window_settings()'))).toMatchObject({ code: 'M1002' });
  for (const [statement] of await rowsOf(owner, 'select month_end.restore_window_settings()')) await owner.query(String(statement));
  await expectAsBefore();
  await owner.query('call month_end.cancel($1)', [batchId]);
});

test.each([
  ['resume', 'COMPLETED', ['resume', batchId, '--sessions', '2']],
  ['cancel', 'CANCELLED', ['cancel', batchId]],
] as const)('a killed control plane: %s puts it back', async (_what, status, args) => {
  const held = await hold(4);
  await see(raised);
  held.close.kill('SIGKILL');
  await held.close.ended;
  await noSessionLeft(owner);
  await held.release();
  expect((await run(database.serviceUrl, args)).code).toBe(exitCodes.ok);
  expect((await batchOf(owner, batchId)).status).toBe(status);
  await expectAsBefore();
});

test('a server that crashes, and its control plane with it', async () => {
  const held = await hold(4);
  await see(raised);
  held.close.kill('SIGKILL');
  await held.close.ended;
  await server.crash();
  await server.start();
  owner = await database.session();
  await see(raised);
  expect(await findings(owner)).toHaveLength(1);
  const { code, stderr } = await run(database.serviceUrl, ['resume', batchId, '--sessions', '2']);
  expect({ code, stderr: code === exitCodes.ok ? '' : stderr }).toEqual({ code: exitCodes.ok, stderr: '' });
  await expectAsBefore();
});

test('a login that may not: nothing is raised, and the doctor says what it takes', async () => {
  await owner.query(`revoke alter system on parameter max_wal_size from monthend_operator`);
  await owner.query('revoke execute on function pg_reload_conf() from monthend_operator');
  const service = await connect({ url: database.serviceUrl, applicationName: 'test' });
  const refused = (await diagnose(service, {})).filter(({ subject }) => subject === 'window settings');
  expect(refused).toMatchObject([{ severity: 'warning', finding: 'monthend may not raise checkpoint_completion_target, max_wal_size, min_wal_size' }]);
  const held = await hold(4);
  await see(before);
  await held.release();
  expect((await held.close.ended).code).toBe(exitCodes.ok);
  for (const statement of (refused[0]?.fix ?? '').split(';')) await owner.query(statement);
  expect(await findings(service)).toEqual([]);
  await setSetting(owner, 'window_settings', 'off');
  expect(await findings(service)).toEqual([]);
  expect(await rowsOf(service, 'select month_end.open_window_settings()')).toEqual([]);
  await service.end();
});
