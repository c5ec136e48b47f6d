import type pg from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { batchOf, closeMonth, errorOf, mayTamper, one, openBatch, rowsOf, setSetting } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';
import { insertMonth, insertPremium, type MadePremium } from '../../support/transactions.ts';

const period = '2003-01';
const batch = `${period}-MONTHEND`;

interface Unfit extends MadePremium {
  readonly rule: string;
  readonly reason: string;
}

const missing = '(missing)';
const unfit: Unfit[] = [
  { id: '01', amount: null, rule: 'AMOUNT_MISSING', reason: 'amount is missing' },
  { id: '02', amount: 'NaN', rule: 'AMOUNT_NOT_A_NUMBER', reason: 'amount NaN is no number' },
  { id: '03', amount: 'Infinity', rule: 'AMOUNT_NOT_A_NUMBER', reason: 'amount Infinity is no number' },
  { id: '04', amount: '-Infinity', rule: 'AMOUNT_NOT_A_NUMBER', reason: 'amount -Infinity is no number' },
  { id: '05', amount: '1000000000000000', rule: 'AMOUNT_OUT_OF_RANGE', reason: 'amount 1000000000000000 is 10^15 or more' },
  { id: '06', amount: '-1e15', rule: 'AMOUNT_OUT_OF_RANGE', reason: 'amount -1000000000000000 is 10^15 or more' },
  { id: '07', currency: 'XXX', rule: 'CURRENCY_UNKNOWN', reason: 'currency XXX is not known' },
  { id: '08', currency: null, rule: 'CURRENCY_UNKNOWN', reason: `currency ${missing} is not known` },
  { id: '09', currency: 'eur', rule: 'CURRENCY_UNKNOWN', reason: 'currency eur is not known' },
  { id: '10', amount: '0.001', rule: 'AMOUNT_TOO_FINE', reason: 'amount 0.001 is finer than the 2 decimals of EUR' },
  { id: '11', amount: '1.5', currency: 'JPY', rule: 'AMOUNT_TOO_FINE', reason: 'amount 1.5 is finer than the 0 decimals of JPY' },
  { id: '12', amount: '-2.0001', currency: 'KWD', rule: 'AMOUNT_TOO_FINE', reason: 'amount -2.0001 is finer than the 3 decimals of KWD' },
  { id: '13', product: 'NONE', rule: 'PRODUCT_UNKNOWN', reason: 'product NONE is not known or not active' },
  { id: '14', product: null, rule: 'PRODUCT_UNKNOWN', reason: `product ${missing} is not known or not active` },
  { id: '15', product: 'LEGAL', rule: 'PRODUCT_UNKNOWN', reason: 'product LEGAL is not known or not active' },
  { id: '16', costCenter: 'Nowhere', rule: 'COST_CENTER_UNKNOWN', reason: 'cost centre Nowhere is not known or not active' },
  { id: '17', costCenter: null, rule: 'COST_CENTER_UNKNOWN', reason: `cost centre ${missing} is not known or not active` },
  {
    id: '18', amount: null, currency: 'QQQ', product: 'X', costCenter: 'Y', rule: 'AMOUNT_MISSING',
    reason: 'amount is missing; currency QQQ is not known; product X is not known or not active; cost centre Y is not known or not active',
  },
];
/** At the edge, and fit. */
const fit: MadePremium[] = [
  { id: 'f1', amount: '999999999999999.99' }, { id: 'f2', amount: '-0.01' }, { id: 'f3', amount: '1.50000', currency: 'EUR' },
  { id: 'f4', amount: '7', currency: 'JPY' }, { id: 'f5', amount: '0.001', currency: 'KWD' },
  { id: 'f6', date: '2003-01-31' }, { id: 'f7', date: '2003-01-01' },
];
const elsewhere: MadePremium[] = [{ id: 'e1', date: '2002-12-31' }, { id: 'e2', date: '2003-02-01', amount: 'NaN' }];

const another = useDatabase();

describe('rows that are not fit to post', () => {
  const database = useDatabase();
  let operator: pg.Client;
  let originals: unknown[][];

  beforeAll(async () => {
    const owner = await database.session('owner');
    operator = await database.session('operator');
    await owner.query(`update books.product set is_active = false where code = 'LEGAL'`);
    for (const row of [...unfit, ...fit, ...elsewhere]) await insertPremium(operator, row);
    await insertPremium(operator, { id: 'zero', amount: '0.00' });
    await insertPremium(operator, { id: 'zero bad', amount: '0', product: 'NONE' });
    originals = await rowsOf(operator, `select txn_id, to_jsonb(p) || jsonb_build_object('amount', amount::text)
      from subledger.premium_transaction p where txn_id ~ '^[0-9]+$' order by 1`);
    await closeMonth(operator, period);
  });

  test('are rejected with rule, every reason, and the row as it was', async () => {
    const found = await rowsOf(operator, `select source_id, rule, reason from subledger.rejected_transaction where source_id ~ '^[0-9]+$' order by 1`);
    expect(found).toEqual(unfit.map(({ id, rule, reason }) => [id, rule, reason]));
    expect(await rowsOf(operator, `select source_id, original from subledger.rejected_transaction where source_id ~ '^[0-9]+$' order by 1`)).toEqual(originals);
  });

  const rowRules = (id: string): Promise<unknown[][]> => rowsOf(operator, `select rule, status, expected, actual
    from month_end.batch_validation_results where batch_no = (month_end.find_batch($1)).batch_no and expected = '0 rows' order by result_id`, [id]);

  test('are counted and added up by rule, each rule a result', async () => {
    expect(await rowRules(batch)).toEqual([
      ['AMOUNT_MISSING', 'WARN', '0 rows', '2 rows, 0 EUR, 0 QQQ'],
      ['AMOUNT_NOT_A_NUMBER', 'WARN', '0 rows', '3 rows, 0 EUR'],
      ['AMOUNT_OUT_OF_RANGE', 'WARN', '0 rows', '2 rows, 0 EUR'],
      ['CURRENCY_UNKNOWN', 'WARN', '0 rows', '3 rows, 100.00 XXX, 100.00 eur, 100.00'],
      ['AMOUNT_TOO_FINE', 'WARN', '0 rows', '3 rows, 0.001 EUR, 1.5 JPY, -2.0001 KWD'],
      ['PRODUCT_UNKNOWN', 'WARN', '0 rows', '4 rows, 300.00 EUR'],
      ['COST_CENTER_UNKNOWN', 'WARN', '0 rows', '2 rows, 200.00 EUR'],
      ['RULE_SET_MISSING', 'PASS', '0 rows', '0 rows'],
      ['ZERO_AMOUNT', 'WARN', '0 rows', '1 rows, 0 EUR'],
      ['NOT_POSTED_BEFORE', 'PASS', '0 rows', '0 rows'],
    ]);
  });

  test('have the SQL that judged them behind their rule', async () => {
    for (const [rule] of await rowRules(batch)) {
      const sources = await rowsOf(operator, 'select function_name, sql from month_end.rule_source($1)', [rule]);
      expect(sources.map(([name]) => name), String(rule)).toEqual(rule === 'NOT_POSTED_BEFORE' ? ['check_rows'] : ['check_rows', 'transaction_check']);
      for (const [, sql] of sources) expect(sql).toContain(`'${String(rule)}'`);
    }
  });

  test('a zero of an unknown product is a reject, a zero that is fit is set aside', async () => {
    expect(await rowsOf(operator, `select source_id, rule from subledger.rejected_transaction where source_id !~ '^[0-9]+$'`)).toEqual([['zero bad', 'PRODUCT_UNKNOWN']]);
    expect(await rowsOf(operator, 'select source_id, reason from subledger.set_aside_transaction')).toEqual([['zero', 'nothing to post']]);
  });

  test('and nothing else: what is at the edge is posted, other months’ rows are left alone', async () => {
    expect(await rowsOf(operator, `select source_id from subledger.transaction_place where place = 'POSTED' order by 1`)).toEqual(fit.map(({ id }) => [id]));
    expect(await rowsOf(operator, `select source_id from subledger.transaction_place where place = 'PENDING' order by 1`)).toEqual(elsewhere.map(({ id }) => [id]));
    expect(await rowsOf(operator, `select status from month_end.batch_validation_results where rule = 'SOURCE_ACCOUNTED_FOR'`)).toEqual([['PASS']]);
    expect(await rowsOf(operator, `select currency, source_count, posted_count, rejected_count, set_aside_count from month_end.batch_control order by 1`)).toEqual([
      ['', '1', '0', '1', '0'], ['EUR', '19', '5', '13', '1'], ['JPY', '2', '1', '1', '0'], ['KWD', '2', '1', '1', '0'],
      ['QQQ', '1', '0', '1', '0'], ['XXX', '1', '0', '1', '0'], ['eur', '1', '0', '1', '0'],
    ]);
  });

  test('amounts are posted at the scale of their currency', async () => {
    expect(await rowsOf(operator, `select h.reference_id, h.currency, l.debit, l.credit from ledger.journal_entry_header h
      join ledger.journal_entry_line l using (je_id) where l.account_code = '1110' and h.reference_id ~ 'f[1-5]' order by 1`)).toEqual([
      ['f1', 'EUR', '999999999999999.99', '0'], ['f2', 'EUR', '0', '0.01'], ['f3', 'EUR', '1.50', '0'], ['f4', 'JPY', '7', '0'], ['f5', 'KWD', '0.001', '0'],
    ]);
  });

  test('are repeats for the next supplement, which rejects them again without trying its tolerance', async () => {
    const owner = await database.session('owner');
    await setSetting(owner, 'reject_tolerance_count', '0');
    await closeMonth(operator, period, { supplement: true });
    expect((await rowRules(`${batch}-02`)).map(([rule, , , actual]) => `${String(rule)} ${String(actual)}`)).toContain('PRODUCT_UNKNOWN 4 rows, 300.00 EUR');
    expect(await rowsOf(operator, `select is_repeat, count(*) from subledger.rejected_transaction group by 1 order by 1`)).toEqual([[false, '19'], [true, '19']]);
  });
});

test('a row that another period has posted is left out, counted, and stops the batch', async ({ skip }) => {
  const owner = await another.session('owner');
  skip(!(await mayTamper(owner)));
  await insertPremium(owner, { id: 'moved' });
  await closeMonth(owner, period);
  await insertPremium(owner, { id: 'new', date: '2003-02-01' });
  await owner.query('set session_replication_role = replica');
  await owner.query(`update subledger.premium_transaction set payment_date = '2003-02-02', amount = 7 where txn_id = 'moved'`);
  await owner.query('reset session_replication_role');
  expect((await errorOf(closeMonth(owner, '2003-02'))).detail).toMatch(/^SOURCE_ACCOUNTED_FOR /);
  expect(await rowsOf(owner, `select status, actual from month_end.batch_validation_results where rule = 'NOT_POSTED_BEFORE' order by result_id`))
    .toEqual([['PASS', '0 rows'], ['WARN', '1 rows, 7.00 EUR']]);
});

describe('the tolerance', () => {
  const database = useDatabase();
  let operator: pg.Client;
  let owner: pg.Client;
  let attempt = 0;

  beforeAll(async () => {
    operator = await database.session('operator');
    owner = await database.session('owner');
    await insertMonth(operator, { period, premiums: 96 });
    await insertPremium(operator, { id: 'zero', amount: '0' });
    for (const id of ['r1', 'r2', 'r3']) await insertPremium(operator, { id, product: 'NONE' });
  });

  // 3 rejects of 100 rows
  test.each([['2', '0.0299'], ['0', '0'], ['2', '0.029999']])('count %s, share %s: stops, and nothing of the batch stays', async (count, share) => {
    await setSetting(owner, 'reject_tolerance_count', count);
    await setSetting(owner, 'reject_tolerance_share', share);
    attempt += 1;
    const error = await errorOf(closeMonth(operator, period));
    expect(error).toMatchObject({ code: 'M2001' });
    expect(error.detail).toContain('REJECTS_WITHIN_TOLERANCE');
    expect(await batchOf(operator, batch)).toMatchObject({ status: 'FAILED', attempt });
    expect(await one(owner, 'select state from books.period')).toBe('OPEN');
    expect(await one(owner, `select count(*) from pg_class where relname like 'scope\\_%'`)).toBe('0');
    expect(await one(owner, 'select count(*) from month_end.scope')).toBe('0');
    expect(await one(owner, 'select count(*) from subledger.set_aside_transaction')).toBe('0');
    expect(await rowsOf(operator, `select source_id from month_end.rejects where attempt = $1 order by 1`, [attempt])).toEqual([['r1'], ['r2'], ['r3']]);
    expect(await errorOf(operator.query('call month_end.resume($1)', [batch]))).toMatchObject({ code: 'M1002' });
    expect(await errorOf(operator.query('call month_end.cancel($1)', [batch]))).toMatchObject({ code: 'M1002' });
  });

  test.each([['3', '0'], ['0', '0.03']])('count %s, share %s: goes on', async (count, share) => {
    await setSetting(owner, 'reject_tolerance_count', count);
    await setSetting(owner, 'reject_tolerance_share', share);
    attempt += 1;
    const id = await openBatch(operator, period);
    await operator.query('call month_end.preflight($1)', [id]);
    expect(await batchOf(operator, batch)).toMatchObject({ status: 'SCOPED', attempt, fit_count: '96', posted_count: '0', rejected_count: '3', set_aside_count: '1' });
    await operator.query('call month_end.cancel($1)', [id]);
  });

  test('what was rejected is corrected and the next attempt posts it', async () => {
    await operator.query(`update subledger.premium_transaction set product_code = 'FIRE' where txn_id in ('r1', 'r2', 'r3')`);
    await closeMonth(operator, period);
    expect(await batchOf(operator, batch)).toMatchObject({ status: 'COMPLETED', attempt: attempt + 1, posted_count: '99', rejected_count: '0', set_aside_count: '1' });
  });

  test('a supplement that is stopped gives the period back CLOSED', async () => {
    await setSetting(owner, 'reject_tolerance_count', '0');
    await setSetting(owner, 'reject_tolerance_share', '0');
    await insertPremium(operator, { id: 'r4', costCenter: null });
    await insertPremium(operator, { id: 'late' });
    expect(await errorOf(closeMonth(operator, period, { supplement: true }))).toMatchObject({ code: 'M2001' });
    expect(await one(owner, 'select state from books.period')).toBe('CLOSED');
    await operator.query(`update subledger.premium_transaction set cost_center = 'Center' where txn_id = 'r4'`);
    await closeMonth(operator, period, { supplement: true });
    expect(await batchOf(operator, `${batch}-02`)).toMatchObject({ status: 'COMPLETED', attempt: 2, posted_count: '2', rejected_count: '0' });
  });
});
