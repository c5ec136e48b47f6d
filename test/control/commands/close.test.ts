import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exitCodes } from '../../../control/exit-codes.ts';
import { endCommands, peakMemoryBytes, run, start, until } from '../../support/cli.ts';
import { batchOf, errorOf, one, rowsOf } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';
import {
  batchId, expectNothingStuck, expectWholeMonth, fillMonth, noSessionLeft, period, undisturbedDigest,
} from '../../support/disturbed.ts';
import { insertMonth, insertPremium } from '../../support/transactions.ts';

// The command line as an operator and a script meet it: what is printed where, exit codes, memory.

let digest: string;
afterAll(endCommands);

describe('psql alone', () => {
  const database = useDatabase();
  beforeAll(async () => { digest = await undisturbedDigest(await database.session('owner')); });
  test('gives a digest', () => expect(digest).toMatch(/^[0-9a-f]{64}$/));
});

const money = expect.stringMatching(/^-?\d+(\.\d+)?$/) as string;
const seconds = expect.any(Number) as number;
const control = (source: string, currency: string, counts: [source: number, posted: number, aside: number]) => ({
  source, currency, source_count: counts[0], source_amount: money, fit_count: counts[1], fit_amount: money,
  posted_count: counts[1], posted_amount: money,
  rejected_count: 0, rejected_amount: money, set_aside_count: counts[2],
});

describe.each([1, 2, 8])('%i sessions', (sessions) => {
  const database = useDatabase();
  let owner: pg.Client;
  beforeAll(async () => {
    owner = await database.session('owner');
    await fillMonth(owner);
  });

  test('the report has the documented keys, the same digest, and less than 200 MB of memory was used', async () => {
    const close = start(database.serviceUrl, ['close', period, '--sessions', String(sessions), '--json']);
    let peak = 0;
    const measuring = until('the close has ended', () => {
      peak = Math.max(peak, peakMemoryBytes(close.pid) ?? 0);
      return close.isRunning() ? undefined : true;
    });
    const { code, stdout, stderr } = await close.ended;
    await measuring;
    expect({ code, lines: stdout.split('\n').length }).toEqual({ code: exitCodes.ok, lines: 2 });
    // no terminal: whole lines, no control characters
    expect(stderr).toMatch(new RegExp(`^(${batchId}: [ -~]+\\n)+$`));
    const report = JSON.parse(stdout) as Record<string, unknown>;
    expect(report).toMatchObject({
      schema: 'monthend.report/1', batch_id: batchId, period, status: 'COMPLETED', digest,
      transactions: { premium: 2030, claims: 600, fit: 2629, posted: 2629, rejected: 0, set_aside: 1 },
      entries: 7887, lines: 23661, seconds, processing_seconds: seconds, transactions_per_second: seconds,
      phases: [1, 2, 3, 4, 5, 6, 7, 8].map((phase) => ({ phase, seconds })),
      debits: { EUR: money, JPY: money }, credits: { EUR: money, JPY: money },
    });
    expect(report.control).toEqual([
      control('PREMIUM', 'EUR', [2000, 2000, 0]), control('PREMIUM', 'JPY', [30, 30, 0]), control('CLAIM', 'EUR', [600, 599, 1]),
    ]);
    expect(report.debits).toEqual(report.credits);
    expect(peak).toBeGreaterThan(20e6);
    expect(peak).toBeLessThan(200e6);
    await expectWholeMonth(owner, digest);
    await noSessionLeft(owner);
    await expectNothingStuck(owner);
  });
});

describe('what an operator meets', () => {
  const database = useDatabase();
  let owner: pg.Client;
  const monthend = (...args: string[]) => run(database.serviceUrl, args);
  beforeAll(async () => {
    owner = await database.session('owner');
    await fillMonth(owner);
  });

  test('a close for people: the report on stdout, progress on stderr, no colour codes', async () => {
    const { code, stdout, stderr } = await run(database.serviceUrl, ['close', period], { env: { NO_COLOR: '1' } });
    expect(code).toBe(exitCodes.ok);
    expect(stdout.split('\n')[0]).toBe(`${batchId}: COMPLETED`);
    expect(stdout).toContain('\n7,887 entries of 23,661 lines\n');
    expect(stdout).toContain(`\ndigest ${digest}\n`);
    expect(stdout + stderr).not.toContain('\x1b');
    expect(stdout).not.toContain('/8 ');
  });

  test('a closed period: 4, and what to do about late rows', async () => {
    expect(await monthend('close', period)).toMatchObject({ code: exitCodes.runState, stdout: '', stderr: [
      'ERROR:  the period is closed already (SQLSTATE M1004)', `DETAIL:  ${period}`,
      `HINT:  Late and corrected rows go into a supplement: ./monthend close ${period} --supplement`, '',
    ].join('\n') });
  });

  test('resume of a completed batch changes nothing and shows its report', async () => {
    const before = await rowsOf(owner, 'select count(*), max(event_id) from month_end.batch_event');
    const resumed = await monthend('resume', batchId, '--json');
    expect(resumed.code).toBe(exitCodes.ok);
    expect(JSON.parse(resumed.stdout)).toEqual(JSON.parse((await monthend('status', batchId, '--json')).stdout));
    expect(await rowsOf(owner, 'select count(*), max(event_id) from month_end.batch_event')).toEqual(before);
    await expectNothingStuck(owner);
  });

  test('a supplement posts what came late', async () => {
    await insertPremium(owner, { id: 'late', date: `${period}-31`, amount: '10.00' });
    const { code, stdout } = await monthend('close', period, '--supplement', '--json');
    expect(code).toBe(exitCodes.ok);
    expect(JSON.parse(stdout)).toMatchObject({
      batch_id: `${batchId}-02`, status: 'COMPLETED', transactions: { premium: 1, claims: 0, posted: 1 }, first_number: 7888, last_number: 7890,
    });
  });

  test.each([['status', 'none'], ['resume', 'none'], ['cancel', 'none'], ['rejects', 'none']])('%s of an unknown batch: 4', async (...args) => {
    const { code, stdout, stderr } = await monthend(...args);
    expect({ code, stdout }).toEqual({ code: exitCodes.runState, stdout: '' });
    expect(stderr).toContain("ERROR:  there is no such batch (SQLSTATE M1003)\nDETAIL:  ledger 1, batch 'none'\n");
  });

  test.each([
    [['close', '2005-13'], 'A period is a month, such as 2003-01.'],
    [['close', '05-01'], 'A period is a month, such as 2003-01.'],
    [['close'], "missing required argument 'period'"],
    [['close', period, '--workers', '1001'], 'It takes a whole number from 1 to 1000.'],
    [['close', period, '--sessions', '1.5'], 'It takes a whole number from 1 to 250.'],
    [['close', period, '--ledger', '901'], 'It takes a whole number from 1 to 900.'],
    [['close', period, period], 'too many arguments'],
  ])('a wrong command line %j: 2', async (args, message) => {
    const { code, stdout, stderr } = await monthend(...args);
    expect({ code, stdout }).toEqual({ code: exitCodes.usage, stdout: '' });
    expect(stderr).toContain(message);
  });

  test('a committed batch is not cancelled: 4', async () => {
    expect(await monthend('cancel', batchId)).toMatchObject({ code: exitCodes.runState, stdout: '' });
    expect((await batchOf(owner, batchId)).status).toBe('COMPLETED');
  });

  test('a month that fails pre-flight: 5, nothing held; rejects are shown; corrected it closes', async () => {
    await insertMonth(owner, { period: '2005-04', premiums: 5 });
    await owner.query(`update month_end.setting set value = '0' where name = 'reject_tolerance_count'`);
    await insertPremium(owner, { id: 'unfit', date: '2005-04-01', product: 'SUBMARINE', amount: '7.00' });
    const failed = await monthend('close', '2005-04', '--json');
    expect(failed).toMatchObject({ code: exitCodes.validation, stdout: '' });
    expect(failed.stderr).toContain('ERROR:  pre-flight validation has failed: nothing was posted (SQLSTATE M2001)\n');
    const rejects = await monthend('rejects', '2005-04-MONTHEND', '--json');
    expect(JSON.parse(rejects.stdout)).toMatchObject([
      { source: 'PREMIUM', source_id: 'unfit', rule: 'PRODUCT_UNKNOWN', amount: '7.00', original: { product_code: 'SUBMARINE' } }]);
    expect(await one(owner, `select state from books.period where period = '2005-04'`)).toBe('OPEN');
    await owner.query(`update subledger.premium_transaction set product_code = 'FIRE' where txn_id = 'unfit'`);
    const closed = await monthend('close', '2005-04', '--json');
    expect(closed.code).toBe(exitCodes.ok);
    expect(JSON.parse(closed.stdout)).toMatchObject({ attempt: 2, transactions: { posted: 6, rejected: 0 } });
  });

  test('a month without transactions closes', async () => {
    const { code, stdout } = await monthend('close', '1999-02', '--json');
    expect(code).toBe(exitCodes.ok);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'COMPLETED', entries: 0, lines: 0, control: [], debits: {}, credits: {} });
    expect((await errorOf(owner.query(`select month_end.open_batch('1999-02')`))).code).toBe('M1004');
  });

  test.each([['trial-balance'], ['digest']])('ledger %s of a month with nothing posted is refused', async (what) => {
    const { code, stdout, stderr } = await monthend('ledger', what, '1998-07');
    expect({ code, stdout }).toEqual({ code: exitCodes.runState, stdout: '' });
    expect(stderr).toContain('ERROR:  Nothing is posted in 1998-07.\n');
    expect(stderr).toContain('HINT:  ./monthend close 1998-07');
  });

  test('status --watch of a batch that has ended, ends', async () => {
    const { code, stdout } = await monthend('status', batchId, '--watch', '--json');
    expect(code).toBe(exitCodes.ok);
    expect(JSON.parse(stdout)).toMatchObject({ batch_id: batchId, status: 'COMPLETED' });
  });

  test('status --watch follows a close to its end', async () => {
    await insertMonth(owner, { period: '2005-05', premiums: 50 });
    const holder = await database.session('owner');
    await holder.query('begin; lock table month_end.chunk in share mode');
    const close = start(database.serviceUrl, ['close', '2005-05', '--json']);
    await until('the batch is scoped', async () => (await one(owner, `
      select exists (select from month_end.batch where batch_id = '2005-05-MONTHEND' and status = 'SCOPED')`)) || undefined);
    const watch = start(database.serviceUrl, ['status', '2005-05-MONTHEND', '--watch', '--json']);
    await until('the watch shows the phase', () => watch.said().stderr.includes('2/8 number allocation') || undefined);
    await holder.query('rollback');
    expect((await close.ended).code).toBe(exitCodes.ok);
    const ended = await watch.ended;
    expect(ended.code).toBe(exitCodes.ok);
    expect(JSON.parse(ended.stdout)).toMatchObject({ status: 'COMPLETED' });
  });
});

test('no server: 3, and what to type', async () => {
  const { code, stdout, stderr } = await run('postgresql://nobody@127.0.0.1:1/none', ['close', period]);
  expect({ code, stdout }).toEqual({ code: exitCodes.notReady, stdout: '' });
  expect(stderr).toContain('ERROR:  The server cannot be reached.\n');
  expect(stderr).toContain('HINT:  Type: ./monthend db start');
});

test.each([
  [], ['start'], ['db'], ['db', 'start'], ['db', 'stop'], ['db', 'status'], ['db', 'url'], ['install'], ['import'], ['close'],
  ['status'], ['resume'], ['cancel'], ['rejects'], ['ledger'], ['ledger', 'trial-balance'], ['ledger', 'digest'],
  ['ledger', 'show'], ['doctor'], ['sql'], ['service'],
].map((args) => [args]))('%j --help', async (args) => {
  const { code, stdout, stderr } = await run('', [...args, '--help']);
  expect({ code, stderr }).toEqual({ code: exitCodes.ok, stderr: '' });
  expect(stdout).toMatch(/^Usage: monthend/);
  expect(stdout).toMatch(new RegExp(`\nExamples?:\n  .*${['monthend', ...args].join(' ')} ?`));
});
