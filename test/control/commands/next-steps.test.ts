import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exitCodes } from '../../../control/exit-codes.ts';
import { endCommands, type Ended, run, start, until } from '../../support/cli.ts';
import { batchOf, bringTo, closeMonth, errorOf, openBatch, rowsOf, setSetting } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';
import { secondLedger } from '../../support/ledgers.ts';
import { insertMonth, insertPremium } from '../../support/transactions.ts';

// What is printed as the next step works as it stands, of a ledger that isn't the default too: each
// command is taken out of what was printed, and typed. Ledger 1 has the same months, and keeps them open.

const database = useDatabase();
const folder = mkdtempSync(join(tmpdir(), 'monthend-next-'));
let owner: pg.Client;

const commandsIn = (text: string): string[] =>
  [...text.matchAll(/\.\/monthend (?:(?! {2}| and | or | to | shows| for | finishes| begins| then |[,;\n(]).)+/g)].map(([command]) => command.trim());
const type = (command: string): Promise<Ended> => run(database.serviceUrl, command.replace('./monthend ', '').split(' '));

/** Ends with the code, and the commands that it prints are these. */
async function ends(command: string, code: number, next: readonly string[]): Promise<Ended> {
  const ended = await type(command);
  expect({ code: ended.code, next: commandsIn(ended.stderr || ended.stdout) }, ended.stderr).toEqual({ code, next });
  return ended;
}

beforeAll(async () => {
  owner = await database.session('owner');
  await owner.query(secondLedger);
  for (const ledger of [1, 2]) {
    for (const period of ['2003-01', '2003-02', '2003-03', '2003-04']) {
      await insertMonth(owner, { period, premiums: 20, claims: 2, ledger, prefix: `${ledger}-${period}-` });
    }
  }
});

afterAll(async () => {
  endCommands();
  rmSync(folder, { recursive: true });
  expect(await rowsOf(owner, `select period from books.period where ledger_id = 1 and state <> 'OPEN'`)).toEqual([]);
});

test('a close that fails pre-flight names the rejects, the report and the next attempt', async () => {
  await setSetting(owner, 'reject_tolerance_count', '0');
  await insertPremium(owner, { id: 'unfit', date: '2003-01-05', product: 'SUBMARINE', ledger: 2 });
  const rejects = './monthend rejects 2003-01-MONTHEND --ledger 2';
  await ends('./monthend close 2003-01 --ledger 2', exitCodes.validation, [rejects]);
  expect((await type(rejects)).stdout).toContain('unfit');
  await setSetting(owner, 'reject_tolerance_count', '100');
  const again = './monthend close 2003-01 --ledger 2';
  await ends('./monthend resume 2003-01-MONTHEND --ledger 2', exitCodes.runState, [again]);
  await ends('./monthend ledger trial-balance 2003-01 --ledger 2', exitCodes.runState, [again, './monthend status --ledger 2']);
  expect((await type('./monthend status --ledger 2')).stdout).toContain('2003-01-MONTHEND');
  expect((await type(again)).code).toBe(exitCodes.ok);
});

test('a closed month names the supplement, a late file too, a committed batch its end', async () => {
  const supplement = './monthend close 2003-01 --ledger 2 --supplement';
  await ends('./monthend close 2003-01 --ledger 2', exitCodes.runState, [supplement]);
  const file = join(folder, 'corrected.csv');
  writeFileSync(file, 'txn_id,policy_number,product_code,payment_date,amount,currency,cost_center\nunfit,POL-1,FIRE,2003-01-05,9.00,EUR,Headquarters\n');
  const [late] = commandsIn((await type(`./monthend import premiums ${file}`)).stdout);
  expect(late).toBe('./monthend close 2003-01 --supplement --ledger 2');
  expect((await type(late ?? '')).stdout).toContain('2003-01-MONTHEND-02: COMPLETED');
  const finish = './monthend resume 2003-01-MONTHEND --ledger 2';
  await ends('./monthend cancel 2003-01-MONTHEND --ledger 2', exitCodes.runState, [finish]);
  expect((await type(finish)).stdout).toContain('2003-01-MONTHEND: COMPLETED');
});

test('a supplement before the close names the close; a held period who goes on with it, or gives it up', async () => {
  const close = './monthend close 2003-02 --ledger 2';
  await ends(`${close} --supplement`, exitCodes.runState, [close]);
  await openBatch(owner, '2003-02', { ledger: 2 });
  const held = ['./monthend resume 2003-02-MONTHEND --ledger 2', './monthend cancel 2003-02-MONTHEND --ledger 2'];
  await ends(close, exitCodes.runState, held);
  const approver = await database.session('approver');
  expect(commandsIn((await errorOf(approver.query(`select books.lock_period('2003-02', 2)`))).hint)).toEqual(held);
  expect((await type(held[1] ?? '')).code).toBe(exitCodes.ok);
  expect(commandsIn((await errorOf(approver.query(`select books.lock_period('2003-02', 2)`))).hint)).toEqual([close]);
  expect((await type(close)).code).toBe(exitCodes.ok);
});

test('a close that is interrupted, then cancelled from elsewhere', async () => {
  const batch = '2003-03-MONTHEND';
  const holder = await database.session('owner');
  const isWaiting = async () => (await rowsOf(owner, 'select from month_end.batch_session where cardinality(blocked_by) > 0')).length > 0;
  const close = async (command: string) => {
    await holder.query('begin; lock table month_end.chunk_balance in share mode');
    const running = start(database.serviceUrl, command.replace('./monthend ', '').split(' '));
    await until('it waits for the lock', async () => await isWaiting() || undefined, { state: running.said });
    return running;
  };
  const interrupted = await close('./monthend close 2003-03 --ledger 2 --sessions 1');
  interrupted.kill('SIGINT');
  const [resume = '', cancel = ''] = commandsIn((await interrupted.ended).stderr);
  expect([resume, cancel]).toEqual([`./monthend resume ${batch} --ledger 2`, `./monthend cancel ${batch} --ledger 2`]);
  await holder.query('rollback');
  const cancelled = await close(resume);
  const giving = type(cancel);
  await until('its session is cancelled', async () => !await isWaiting() || undefined);
  await holder.query('rollback');
  expect((await giving).code).toBe(exitCodes.ok);
  expect(commandsIn((await cancelled.ended).stderr)).toEqual(['./monthend close 2003-03 --ledger 2']);
  expect((await batchOf(owner, batch, 2)).status).toBe('CANCELLED');
});

test('a batch that fails validation before the commit names its rules and the way back', async () => {
  const batch = await openBatch(owner, '2003-03', { ledger: 2 });
  await bringTo(owner, batch, 'STAGED', 2);
  await owner.query(`update books.account set is_active = false where ledger_id = 2 and code = '4410'`);
  const [status = '', cancel = ''] = commandsIn((await type(`./monthend resume ${batch} --ledger 2`)).stderr);
  expect([status, cancel]).toEqual([`./monthend status ${batch} --ledger 2`, `./monthend cancel ${batch} --ledger 2`]);
  expect((await type(status)).stdout).toContain('ACCOUNTS_ACTIVE');
  expect((await type(cancel)).code).toBe(exitCodes.ok);
  await owner.query('update books.account set is_active = true');
});

test('workers that failed: the error has the command, and the dead letter too', async () => {
  const batch = await openBatch(owner, '2003-03', { ledger: 2 });
  await bringTo(owner, batch, 'PROCESSING', 2);
  await owner.query(`update month_end.batch_worker_control set status = 'FAILED', error_sqlstate = '23514', error_message = 'by hand'
    where batch_no = (select max(batch_no) from month_end.batch)`);
  const [resume = ''] = commandsIn((await errorOf(owner.query('call month_end.work($1, 2)', [batch]))).hint);
  expect(resume).toBe(`./monthend resume ${batch} --ledger 2`);
  expect(await rowsOf(owner, 'select after_repair from month_end.dead_letter')).toContainEqual([resume]);
  expect((await type(resume)).stdout).toContain(`${batch}: COMPLETED`);
});

test('schedule and key figures', async () => {
  const set = './monthend schedule set --ledger 2';
  await ends('./monthend schedule show --ledger 2', exitCodes.runState, [set]);
  await ends('./monthend schedule skip 2099-12-31 --reason no --ledger 2', exitCodes.runState, [set]);
  expect((await type(set)).code).toBe(exitCodes.ok);
  await ends('./monthend schedule skip 2003-04-30 --reason no --ledger 2', exitCodes.runState, ['./monthend close 2003-04 --ledger 2']);
  await ends('./monthend kpi 2003-09-MONTHEND --ledger 2', exitCodes.runState, ['./monthend status --ledger 2']);
  await ends('./monthend kpi --ledger 2', exitCodes.usage, ['./monthend status --ledger 2', './monthend kpi --compare --ledger 2']);
  await closeMonth(owner, '2003-04', { ledger: 2 });
  const numbers = './monthend ledger digest 2003-04 --ledger 2';
  await ends('./monthend ledger show JE-2-2003-04-9999999999', exitCodes.runState, [numbers]);
  expect((await type(numbers)).stdout).toMatch(/2003-04-MONTHEND \w+ {2}numbers 1 to 66$/m);
  expect((await type('./monthend kpi 2003-04-MONTHEND --ledger 2')).code).toBe(exitCodes.ok);
});
