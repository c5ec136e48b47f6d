import type pg from 'pg';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { batchOf, bringTo, closeMonth, errorOf, one, openBatch, rowsOf } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';
import { insertMonth, insertPremium } from '../../support/transactions.ts';

// Pre-flight rules over the books and the room, and what a rule set has to be to be stored.

const period = '2003-02';
const batch = `${period}-MONTHEND`;

describe('pre-flight over the books', () => {
  const database = useDatabase();
  let owner: pg.Client;

  beforeAll(async () => {
    owner = await database.session('owner');
    await insertMonth(owner, { period, premiums: 30, claims: 3 });
  });

  const failures: { what: string; break: string; mend: string; rule: string; actual: RegExp }[] = [
    {
      what: 'an account of a rule that is not active', rule: 'RULE_ACCOUNTS_ACTIVE', actual: /^4410, 6010$/,
      break: `update books.account set is_active = false where code in ('4410', '6010', '1010')`, mend: 'update books.account set is_active = true',
    },
    {
      what: 'days without a rule set', rule: 'RULE_SET_OF_EVERY_DAY', actual: /^CLAIM has 0 on 2003-02-20; CLAIM has 0 on 2003-02-21; .*2003-02-28$/,
      break: `update books.rule_set set valid_to = '2003-02-20' where source = 2`, mend: 'update books.rule_set set valid_to = null',
    },
    {
      what: 'a day with two', rule: 'RULE_SET_OF_EVERY_DAY', actual: /^PREMIUM has 2 on 2003-02-28$/,
      break: `select books.store_rule_set('PREMIUM', '2003-02-28', '[{"code": "N", "debit": [{"account": "1110", "share": "1", "control": true}], "credit": [{"account": "5010", "share": "1"}]}]');
        update books.rule_set set valid_to = null`,
      mend: `delete from books.rule_line where rule_set_id > 2; delete from books.rule_entry where rule_set_id > 2; delete from books.rule_set where rule_set_id > 2`,
    },
    {
      what: 'a rule that does not balance', rule: 'RULES_BALANCE', actual: /^set 1 entry 2$/,
      break: `update books.rule_line set share = share + 0.001, share_to = share_to + 0.001 where rule_set_id = 1 and entry_no = 2 and line_no = 3`,
      mend: `update books.rule_line set share = share - 0.001, share_to = share_to - 0.001 where rule_set_id = 1 and entry_no = 2 and line_no = 3`,
    },
  ];

  test.each(failures)('$what: $rule fails, the period is given back', async (failure) => {
    await owner.query(failure.break);
    const error = await errorOf(closeMonth(owner, period));
    expect(error.code).toBe('M2001');
    const { batch_no: no } = await batchOf(owner, batch);
    const failed = await rowsOf(owner, `select rule, actual from month_end.batch_validation_results where batch_no = $1 and status = 'FAIL'`, [no]);
    expect(failed.map(([rule]) => rule)).toEqual([failure.rule]);
    expect(failed[0]?.[1]).toMatch(failure.actual);
    expect(await one(owner, 'select state from books.period')).toBe('OPEN');
    expect(await one(owner, 'select count(*) from month_end.scope')).toBe('0');
    await owner.query(failure.mend);
  });

  test('rules of another ledger, and rules that ended before the period, are not its business', async () => {
    await owner.query(`insert into books.ledger (ledger_id, code, name, currency_id) values (2, 'SECOND', 'Second ledger', 978)`);
    await owner.query(`
      with entries as (
        insert into books.rule_set (ledger_id, source, version, valid_from, valid_to, entry_count, line_count) values
          (2, 1, 1, '0001-01-01', null, 1, 1), (1, 1, 99, '1990-01-01', '2003-02-01', 1, 1) returning rule_set_id),
      entry as (insert into books.rule_entry select rule_set_id, 1, 'E', 'one-sided', '', '' from entries)
      insert into books.rule_line (rule_set_id, entry_no, line_no, account_id, is_debit, share, share_from, share_to, is_control)
      select rule_set_id, 1, 1, (select min(account_id) from books.account), true, 1, 0, 1, true from entries`);
    const id = await openBatch(owner, period);
    await owner.query('call month_end.preflight($1)', [id]);
    expect(await rowsOf(owner, `select status, actual from month_end.batch_validation_results where batch_no = $1 and rule = 'RULES_BALANCE'`,
      [(await batchOf(owner, id)).batch_no])).toEqual([['PASS', null]]);
    await owner.query('call month_end.cancel($1)', [id]);
    await owner.query(`update books.rule_set set valid_to = '2003-02-02' where version = 99`);
    expect((await errorOf(closeMonth(owner, period))).detail).toMatch(/RULES_BALANCE \(expected none unbalanced, found set \d+ entry 1\)/);
    for (const table of ['rule_line', 'rule_entry', 'rule_set']) await owner.query(`delete from books.${table} where rule_set_id > 2`);
  });

  test.each([[32_999, 'FAIL', 'M2001'], [72_600, 'PASS', ''], [72_599, 'FAIL', 'M2001']])('%i free bytes for 33 rows: %s', async (bytes, status, code) => {
    const id = await openBatch(owner, period);
    const call = owner.query('call month_end.preflight($1, 1, $2)', [id, bytes]);
    if (code) expect(await errorOf(call)).toMatchObject({ code });
    else await call;
    expect(await rowsOf(owner, `select status, expected, actual from month_end.batch_validation_results
      where batch_no = $1 and rule = 'DISK_ROOM'`, [(await batchOf(owner, id)).batch_no])).toEqual([[status, '72600 bytes', `${bytes} bytes`]]);
    if (!code) await owner.query('call month_end.cancel($1)', [id]);
  });

  test('every rule leaves its row, look-alikes a WARN and are posted', async () => {
    for (const id of ['twin 1', 'twin 2', 'twin 3']) await insertPremium(owner, { id, date: `${period}-05`, policy: 'SAME' });
    await insertPremium(owner, { id: 'not a twin', date: `${period}-05`, policy: 'SAME', amount: '100.01' });
    await closeMonth(owner, period);
    const { batch_no: no } = await batchOf(owner, batch);
    expect(await rowsOf(owner, `select rule, status from month_end.batch_validation_results where batch_no = $1 and stage = 'PREFLIGHT' order by 1`, [no])).toEqual([
      ['AMOUNT_MISSING', 'PASS'], ['AMOUNT_NOT_A_NUMBER', 'PASS'], ['AMOUNT_OUT_OF_RANGE', 'PASS'], ['AMOUNT_TOO_FINE', 'PASS'],
      ['COST_CENTER_UNKNOWN', 'PASS'], ['CURRENCY_UNKNOWN', 'PASS'], ['DISK_ROOM', 'WARN'], ['LOCK_ROOM', 'PASS'], ['NOT_POSTED_BEFORE', 'PASS'],
      ['NO_LOOK_ALIKES', 'WARN'], ['PERIOD_STATE', 'PASS'], ['PRODUCT_UNKNOWN', 'PASS'], ['REJECTS_WITHIN_TOLERANCE', 'PASS'],
      ['RULES_BALANCE', 'PASS'], ['RULE_ACCOUNTS_ACTIVE', 'PASS'], ['RULE_SET_MISSING', 'PASS'], ['RULE_SET_OF_EVERY_DAY', 'PASS'],
      ['SOURCE_ACCOUNTED_FOR', 'PASS'], ['ZERO_AMOUNT', 'PASS'],
    ]);
    expect(await one(owner, `select actual from month_end.batch_validation_results where batch_no = $1 and rule = 'NO_LOOK_ALIKES'`, [no])).toBe('2');
    expect(await rowsOf(owner, `select reference_id from ledger.journal_entry_header where reference_id like '%twin%' and entry_code = 'P1' order by 1`))
      .toEqual([['not a twin'], ['twin 1'], ['twin 2'], ['twin 3']]);
  });
});

describe('a rule set', () => {
  const database = useDatabase();
  let admin: pg.Client;
  const debit = [{ account: '1110', share: '1', control: true }];
  const credit = [{ account: '5010', share: '0.9' }, { account: '4410', share: '0.1' }];
  const good = [{ code: 'A', debit, credit }];

  beforeAll(async () => { admin = await database.session('admin'); });
  const store = (entries: unknown, from = '2005-01-01', source = 'PREMIUM') =>
    one<number>(admin, 'select books.store_rule_set($1, $2, $3)', [source, from, JSON.stringify(entries)]);
  let before: unknown[][];
  const stored = (): Promise<unknown[][]> => rowsOf(admin, `
    select r.source, r.version, r.valid_from, r.valid_to, count(l.*) from books.rule_set r left join books.rule_line l using (rule_set_id)
     group by r.rule_set_id order by 1, 2`);
  beforeEach(async () => { before = await stored(); });

  test.each([
    ['sides that differ', [{ code: 'A', debit, credit: [{ account: '5010', share: '0.99' }] }], 'PREMIUM'],
    ['sides that differ by 10^-20', [{ code: 'A', debit, credit: [{ account: '5010', share: '0.99999999999999999999' }] }], 'PREMIUM'],
    ['no control line', [{ code: 'A', debit: [{ account: '1110', share: '1' }], credit }], 'PREMIUM'],
    ['two control lines', [...good, { code: 'B', debit, credit }], 'PREMIUM'],
    ['a control line of half', [{ code: 'A', debit: [{ account: '1110', share: '0.5', control: true }, { account: '1010', share: '0.5' }], credit }], 'PREMIUM'],
    ['an account that is not there', [{ code: 'A', debit, credit: [{ account: '9999', share: '1' }] }], 'PREMIUM'],
    ['a share of nothing', [{ code: 'A', debit, credit: [...credit, { account: '1010', share: '0' }] }], 'PREMIUM'],
    ['a negative share', [{ code: 'A', debit, credit: [{ account: '5010', share: '1.5' }, { account: '1010', share: '-0.5' }] }], 'PREMIUM'],
    ['a share that is no number', [{ code: 'A', debit, credit: [{ account: '5010', share: 'NaN' }] }], 'PREMIUM'],
    ['two entries of one code', [...good, { ...good[0], debit: [{ account: '1110', share: '1' }] }], 'PREMIUM'],
    ['an entry without lines', [...good, { code: 'B' }], 'PREMIUM'],
    ['an entry of one side', [...good, { code: 'B', debit: [{ account: '1110', share: '1' }] }], 'PREMIUM'],
    ['an entry without a code', [{ debit, credit }], 'PREMIUM'],
    ['a separator in its code', [{ code: 'A|B', debit, credit }], 'PREMIUM'],
    ['no entries', [], 'PREMIUM'],
    ['an object', {}, 'PREMIUM'],
    ['an unknown source', good, 'INVOICE'],
  ])('with %s is not stored: M2003', async (_what, entries, source) => {
    expect(await errorOf(store(entries, '2005-01-01', source))).toMatchObject({ code: 'M2003' });
    expect(await stored()).toEqual(before);
  });

  test('ends the version before; one that begins earlier is refused; each row takes the rules of its day', async () => {
    await store(good, '2005-01-16');
    expect(await errorOf(store(good, '2005-01-16'))).toMatchObject({ code: 'M2003' });
    expect(await errorOf(store(good, '2005-01-15'))).toMatchObject({ code: 'M2003' });
    expect(await stored()).toEqual([[1, 1, '0001-01-01', '2005-01-16', '9'], [1, 2, '2005-01-16', null, '3'], [2, 1, '0001-01-01', null, '9']]);
    const operator = await database.session('operator');
    await insertPremium(operator, { id: 'old', date: '2005-01-15' });
    await insertPremium(operator, { id: 'new', date: '2005-01-16' });
    const id = await openBatch(operator, '2005-01');
    await bringTo(operator, id, 'COMPLETED');
    expect(await rowsOf(operator, `select reference_id, rule_version, entry_code from ledger.journal_entry_header order by je_id`))
      .toEqual([['old', 1, 'P1'], ['old', 1, 'P2'], ['old', 1, 'P3'], ['new', 2, 'A']]);
  });
});
