import type pg from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { batchOf, bringTo, closeMonth, one, openBatch, rowsOf } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';
import { digestFromViews } from '../../support/digest.ts';
import { secondLedger } from '../../support/ledgers.ts';
import { insertMonth, insertPremium } from '../../support/transactions.ts';

const period = '2003-06';
const batch = `${period}-MONTHEND`;

describe('two ledgers', () => {
  const database = useDatabase();
  let viewer: pg.Client;

  beforeAll(async () => {
    const owner = await database.session('owner');
    viewer = await database.session('viewer');
    await owner.query(secondLedger);
    await insertMonth(owner, { period, premiums: 1500, claims: 50 });
    await insertMonth(owner, { period, premiums: 1100, claims: 70, ledger: 2, prefix: 'second' });
  });

  test('close the same month at once, each its own rows', async () => {
    const [one, two, helper] = await Promise.all([1, 2, 3].map(() => database.session('operator')));
    if (!one || !two || !helper) throw new Error('no session');
    await Promise.all([closeMonth(one, period, { workers: 4 }), closeMonth(two, period, { ledger: 2, workers: 3 })]);
    expect(await rowsOf(viewer, 'select ledger_id, batch_id, status, posted_count, first_number, last_number from month_end.batch order by 1')).toEqual([
      [1, batch, 'COMPLETED', '1550', '1', '4650'], [2, batch, 'COMPLETED', '1170', '1', '3510']]);
    expect(await rowsOf(viewer, `select ledger_id, count(*), min(je_number), max(je_number), bool_and(reference_id like 'second%')
      from ledger.journal_entry_header group by 1 order by 1`)).toEqual([
      [1, '4650', 'JE-1-2003-06-0000000001', 'JE-1-2003-06-0000004650', false], [2, '3510', 'JE-2-2003-06-0000000001', 'JE-2-2003-06-0000003510', true]]);
    expect(await rowsOf(viewer, 'select ledger_id, sum(debit) = sum(credit), sum(line_count) from ledger.trial_balance group by 1 order by 1'))
      .toEqual([[1, true, '13950'], [2, true, '10530']]);
  });

  test.each([1, 2])('the seal of ledger %i is of its own entries', async (ledger) => {
    const auditor = await database.session('auditor');
    const { digest } = await batchOf(auditor, batch, ledger);
    expect(await digestFromViews(viewer, batch, ledger)).toBe(digest);
    expect(await one(auditor, 'select month_end.recompute_digest($1, $2)', [batch, ledger])).toBe(digest);
  });

  test('step by step, interleaved, with supplements', async () => {
    const operator = await database.session('operator');
    await insertMonth(operator, { period, premiums: 30, prefix: 'late' });
    await insertMonth(operator, { period, premiums: 40, ledger: 2, prefix: 'second late' });
    const ids = [await openBatch(operator, period, { supplement: true }), await openBatch(operator, period, { supplement: true, ledger: 2 })];
    expect(ids).toEqual([`${batch}-02`, `${batch}-02`]);
    for (const state of ['SCOPED', 'NUMBERED', 'PROCESSING', 'STAGED', 'VALIDATED'] as const) {
      for (const ledger of [1, 2]) await bringTo(operator, `${batch}-02`, state, ledger);
    }
    await operator.query('call month_end.cancel($1, 1)', [`${batch}-02`]);
    await bringTo(operator, `${batch}-02`, 'COMPLETED', 2);
    expect(await rowsOf(viewer, `select ledger_id, status, posted_count from month_end.batch where batch_id = $1 order by 1`, [`${batch}-02`]))
      .toEqual([[1, 'CANCELLED', '0'], [2, 'COMPLETED', '40']]);
    expect(await rowsOf(viewer, 'select ledger_id, count(*) from ledger.journal_entry_header group by 1 order by 1')).toEqual([[1, '4650'], [2, '3630']]);
  });
});

describe('small months', () => {
  const database = useDatabase();
  let operator: pg.Client;
  const emptyRoot = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

  beforeAll(async () => { operator = await database.session('operator'); });

  test('a month without any transaction closes, and its supplement begins at 1', async () => {
    await closeMonth(operator, '1999-01');
    expect(await batchOf(operator, '1999-01-MONTHEND')).toMatchObject({
      status: 'COMPLETED', posted_count: '0', first_number: '1', last_number: '0', worker_count: 0, chunk_count: 0, digest: emptyRoot });
    expect(await rowsOf(operator, `select state, next_number from books.period`)).toEqual([['CLOSED', '1']]);
    expect(await one(operator, `select month_end.report('1999-01-MONTHEND')`)).toMatchObject({
      transactions: { premium: 0, claims: 0, posted: 0, rejected: 0, set_aside: 0 }, entries: 0, lines: 0, control: [], debits: {}, credits: {} });
    await insertPremium(operator, { id: 'only', date: '1999-01-31', amount: '0.01' });
    await closeMonth(operator, '1999-01', { supplement: true });
    expect(await rowsOf(operator, `select h.je_number, l.line_no, l.debit, l.credit from ledger.journal_entry_header h join ledger.journal_entry_line l using (je_id)
      where h.entry_code = 'P1' order by 2`)).toEqual([
      ['JE-1-1999-01-0000000001', 1, '0.01', '0'], ['JE-1-1999-01-0000000001', 2, '0', '0.00'], ['JE-1-1999-01-0000000001', 3, '0', '0.01']]);
  });

  test('a month of nothing but rejects and zeros', async () => {
    await insertPremium(operator, { id: 'zero', date: '1999-02-01', amount: '0' });
    await insertPremium(operator, { id: 'bad', date: '1999-02-01', currency: 'XYZ' });
    await closeMonth(operator, '1999-02');
    expect(await batchOf(operator, '1999-02-MONTHEND')).toMatchObject({
      status: 'COMPLETED', posted_count: '0', rejected_count: '1', set_aside_count: '1', last_number: '0', digest: emptyRoot });
  });

  test('one transaction, sixteen workers asked for', async () => {
    await insertPremium(operator, { id: 'single', date: '2000-02-29', amount: '-12.34' });
    await closeMonth(operator, '2000-02', { workers: 16 });
    expect(await batchOf(operator, '2000-02-MONTHEND')).toMatchObject({ status: 'COMPLETED', posted_count: '1', worker_count: 1, chunk_count: 1, last_number: '3' });
    expect(await rowsOf(operator, `select l.account_code, l.debit, l.credit from ledger.journal_entry_line l where l.period = '2000-02' order by je_id, line_no`)).toEqual([
      ['1110', '0', '12.34'], ['4410', '1.97', '0'], ['5010', '10.37', '0'],
      ['6220', '0', '0.26'], ['6210', '0', '1.29'], ['4110', '1.55', '0'],
      ['5090', '0', '2.07'], ['5290', '0.52', '0'], ['4310', '1.55', '0']]);
    const { digest } = await batchOf(operator, '2000-02-MONTHEND');
    expect(await digestFromViews(operator, '2000-02-MONTHEND')).toBe(digest);
    expect(await one(operator, `select month_end.period_digest('2000-02') -> 'batches' -> 0 ->> 'digest'`)).toBe(digest);
  });

  test('the first and the last month that there are', async () => {
    for (const month of ['0001-01', '9999-12']) {
      await insertPremium(operator, { id: month, date: `${month}-31` });
      await closeMonth(operator, month);
      expect(await one(operator, `select je_number from ledger.journal_entry_header where reference_id = $1 and entry_code = 'P1'`, [month]))
        .toBe(`JE-1-${month}-0000000001`);
    }
  });
});
