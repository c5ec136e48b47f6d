import type pg from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { batchOf, bringTo, closeMonth, errorOf, one, openBatch, rowsOf, setSetting } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';
import { insertMonth, insertPremium } from '../../support/transactions.ts';

// What the freeze promises: the scope is one snapshot, what comes later is the next batch's, and what
// is frozen stays as it is. Each describe closes in a database of its own.

const period = '2003-01';
const batch = `${period}-MONTHEND`;

describe('rows that come around the freeze', () => {
  const database = useDatabase();
  let operator: pg.Client;
  let viewer: pg.Client;

  const postedIds = (id: string): Promise<unknown[][]> => rowsOf(viewer, `
    select distinct reference_id from ledger.journal_entry_header where batch_id = $1 order by 1`, [id]);

  beforeAll(async () => {
    operator = await database.session('operator');
    viewer = await database.session('viewer');
    for (const id of ['m1', 'm2', 'm3']) await insertPremium(operator, { id });
  });

  test('a lower id that commits after it, and rows inserted in every phase, are the supplement’s', async () => {
    const late = await database.session('operator');
    await late.query('begin');
    await insertPremium(late, { id: 'a-lower', amount: '11.11' });
    await openBatch(operator, period);
    await insertPremium(operator, { id: 'm4-opened' });
    await bringTo(operator, batch, 'SCOPED');
    await late.query('commit');
    for (const state of ['NUMBERED', 'PROCESSING', 'STAGED', 'VALIDATED', 'COMMITTED', 'COMPLETED'] as const) {
      await insertPremium(operator, { id: `b-${state}` });
      await bringTo(operator, batch, state);
    }
    expect(await postedIds(batch)).toEqual([['m1'], ['m2'], ['m3'], ['m4-opened']]);
    expect(await rowsOf(operator, `select source_id, batch_processed, place from subledger.transaction_place where place <> 'POSTED' order by 1`))
      .toEqual([...['a-lower', 'b-COMMITTED', 'b-COMPLETED', 'b-NUMBERED', 'b-PROCESSING', 'b-STAGED', 'b-VALIDATED']
        .map((id) => [id, false, 'PENDING'])]);
    await closeMonth(operator, period, { supplement: true });
    expect(await postedIds(`${batch}-02`)).toEqual(
      ['a-lower', 'b-COMMITTED', 'b-COMPLETED', 'b-NUMBERED', 'b-PROCESSING', 'b-STAGED', 'b-VALIDATED'].map((id) => [id]));
    expect(await batchOf(operator, `${batch}-02`)).toMatchObject({ first_number: '13', last_number: '33', posted_count: '7' });
    expect(await rowsOf(operator, 'select place, count(*) from subledger.transaction_place group by 1')).toEqual([['POSTED', '11']]);
  });

  test('every (source, id) is posted once: a further supplement finds nothing', async () => {
    await closeMonth(operator, period, { supplement: true });
    expect(await batchOf(operator, `${batch}-03`)).toMatchObject({ posted_count: '0', first_number: '34', last_number: '33' });
    expect(await rowsOf(viewer, `select reference_type, reference_id from ledger.journal_entry_header
      group by 1, 2 having count(*) <> 3`)).toEqual([]);
    expect(await one(viewer, 'select count(*) from ledger.journal_entry_header')).toBe('33');
  });
});

describe('rows that a close has frozen', () => {
  const database = useDatabase();
  let operator: pg.Client;
  let other: pg.Client;

  beforeAll(async () => {
    operator = await database.session('operator');
    other = await database.session('operator');
    await insertPremium(operator, { id: 'fit' });
    await insertPremium(operator, { id: 'bad', product: 'NONE', amount: '7.77' });
    await insertPremium(operator, { id: 'next-month', date: '2003-02-03' });
    await insertMonth(operator, { period, claims: 2 });
  });

  const attempts = [
    `update subledger.premium_transaction set amount = 1 where txn_id = 'fit'`,
    `update subledger.premium_transaction set amount = 1, product_code = 'FIRE' where txn_id = 'bad'`,
    `update subledger.premium_transaction set payment_date = '2003-02-01' where txn_id = 'fit'`,
    `update subledger.premium_transaction set payment_date = '2003-01-31' where txn_id = 'next-month'`,
    `delete from subledger.premium_transaction where txn_id = 'fit'`,
    `delete from subledger.premium_transaction where txn_id = 'bad'`,
    `update subledger.claims_transaction set amount = amount + 1`,
    `delete from subledger.claims_transaction`,
    `insert into subledger.premium_transaction (txn_id, payment_date, amount) values ('fit', '2003-01-15', 1)
       on conflict (txn_id) do update set amount = excluded.amount`,
  ];

  test('are refused from CLOSING on, in every state', async () => {
    const all = (): Promise<unknown[][]> => rowsOf(operator, 'select source, source_id, amount, transaction_date from subledger.transaction order by 1, 2');
    const before = await all();
    await openBatch(operator, period);
    for (const state of ['OPENED', 'SCOPED', 'PROCESSING', 'STAGED', 'VALIDATED'] as const) {
      await bringTo(operator, batch, state);
      for (const attempt of attempts) expect(await errorOf(other.query(attempt)), attempt).toMatchObject({ code: 'M1008' });
    }
    await bringTo(operator, batch, 'COMPLETED');
    for (const attempt of attempts.filter((each) => !each.includes(`'FIRE'`))) {
      expect(await errorOf(other.query(attempt)), attempt).toMatchObject({ code: 'M1008' });
    }
    expect(await all()).toEqual(before);
    // a month that is open is nobody's business
    await other.query(`update subledger.premium_transaction set amount = 2 where txn_id = 'next-month'`);
    expect(await errorOf(other.query(`update subledger.premium_transaction set txn_id = 'renamed' where txn_id = 'next-month'`)))
      .toMatchObject({ code: 'M1008' });
  });

  test('a rejected row may be corrected after the batch; before and after are kept, the next supplement posts it', async () => {
    await other.query(`update subledger.premium_transaction set product_code = 'FIRE', amount = 7.78 where txn_id = 'bad'`);
    expect(await rowsOf(operator, `
      select source_id, before ->> 'product_code', (before ->> 'amount')::numeric::text, after ->> 'product_code', (after ->> 'amount')::numeric::text
        from subledger.transaction_correction`)).toEqual([['bad', 'NONE', '7.77', 'FIRE', '7.78']]);
    expect(await rowsOf(operator, 'select source_id, rule, state from month_end.rejects')).toEqual([['bad', 'PRODUCT_UNKNOWN', 'CORRECTED']]);
    await closeMonth(operator, period, { supplement: true });
    expect(await rowsOf(operator, `select h.reference_id, l.debit from ledger.journal_entry_header h join ledger.journal_entry_line l using (je_id)
      where h.batch_id = $1 and l.account_code = '1110'`, [`${batch}-02`])).toEqual([['bad', '7.78']]);
    expect(await rowsOf(operator, 'select source_id, rule, state from month_end.rejects')).toEqual([['bad', 'PRODUCT_UNKNOWN', 'POSTED']]);
  });

  test('once it is posted it stays', async () => {
    expect(await errorOf(other.query(`update subledger.premium_transaction set amount = 1 where txn_id = 'bad'`))).toMatchObject({ code: 'M1008' });
    expect(await one(operator, 'select count(*) from subledger.transaction_correction')).toBe('1');
  });
});

describe('a change under way when the close opens', () => {
  const database = useDatabase();

  // 2003-03 has no period row yet, 2003-04 has one: both have to be waited for.
  test.each([['2003-03', false], ['2003-04', true]])('%s is waited for (period row there: %s)', async (month, isThere) => {
    const owner = await database.session('owner');
    const operator = await database.session('operator');
    const changing = await database.session('operator');
    const id = `${month}-MONTHEND`;
    await setSetting(owner, 'lock_timeout_ms', '300');
    await insertPremium(operator, { id: month, date: `${month}-10`, amount: '10.00' });
    if (isThere) await owner.query('select books.ensure_period($1)', [month]);
    await changing.query('begin');
    await changing.query('update subledger.premium_transaction set amount = 20 where txn_id = $1', [month]);
    expect(await errorOf(openBatch(operator, month))).toMatchObject({ code: '55P03' });
    expect(await rowsOf(operator, 'select 1 from month_end.batch where period = $1', [month])).toEqual([]);
    // it waits, and goes on with what has been committed
    await setSetting(owner, 'lock_timeout_ms', '20000');
    const closing = closeMonth(operator, month);
    await expect.poll(() => one(owner, `select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`)).toBe('1');
    await changing.query('commit');
    await closing;
    expect(await rowsOf(operator, `select posted_amount from month_end.batch_control c join month_end.batch b using (batch_no)
      where b.batch_id = $1`, [id])).toEqual([['20']]);
    expect(await errorOf(changing.query('update subledger.premium_transaction set amount = 30 where txn_id = $1', [month]))).toMatchObject({ code: 'M1008' });
  });
});
