import type pg from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { closeMonth, errorOf, openBatch, one, rowsOf } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';
import { insertPremium } from '../../support/transactions.ts';

// The functions of an import as a psql would call them, and who may.

const stage = (session: pg.Client, line: number, values: readonly string[]): Promise<unknown> => session.query(
  `insert into pg_temp.import_line (line_no, column_count, source_id, policy_number, product_code, transaction_date, amount,
     currency, cost_center) values ($1, 7, $2, $3, $4, $5, $6, $7, $8)`, [line, ...values]);

describe('import by hand', () => {
  const database = useDatabase();

  test('stages lines, checks and loads them in one transaction', async () => {
    const session = await database.session('operator');
    await session.query('begin');
    expect(await one(session, "select subledger.start_import('CLAIM')")).toEqual(
      ['claim_id', 'policy_number', 'product_code', 'claim_date', 'amount', 'currency', 'cost_center']);
    await stage(session, 2, ['c1', 'P', 'TPL', '2003-01-05', '10', 'EUR', 'Center']);
    await stage(session, 3, ['c2', 'P', 'TPL', '2003-13-05', '10', 'EUR', 'Center']);
    const { rows } = await session.query("select * from subledger.load_import('CLAIM', 'by hand', 'abc')");
    expect(rows).toEqual([{
      import_id: '1', is_repeat: false, line_count: '2', loaded_count: '1', unchanged_count: '0', corrected_count: '0',
      conflict_count: '0', rejected_count: '1', late: [], rejects: [{
        line: 3, column: 'claim_date', rule: 'DATE_FORM', reason: "'2003-13-05' is no date; dates look like 2003-01-31",
        raw: 'c2,P,TPL,2003-13-05,10,EUR,Center',
      }],
    }]);
    await session.query('commit');
    expect(await rowsOf(session, 'select claim_id, claim_date, amount, import_id, import_line from subledger.claims_transaction'))
      .toEqual([['c1', '2003-01-05', '10', '1', '2']]);
    expect(await rowsOf(session, `select source, file_name, sha256, line_count, loaded_count, rejected_count, imported_by = session_user
      from subledger.import`)).toEqual([[2, 'by hand', 'abc', '2', '1', '1', true]]);
  });

  test('dates and amounts are read the same way whatever the session is set to', async () => {
    const session = await database.session('operator');
    await session.query("set datestyle = 'SQL, DMY'; set lc_numeric = 'C'; begin");
    await session.query("select subledger.start_import('PREMIUM')");
    await stage(session, 2, ['d1', 'P', 'FIRE', '2003-02-01', '10', 'EUR', 'Center']);
    expect(await rowsOf(session, "select loaded_count from subledger.load_import('PREMIUM', 'd', 'd')")).toEqual([['1']]);
    expect(await one(session, "select to_char(payment_date, 'YYYY-MM-DD') from subledger.premium_transaction")).toBe('2003-02-01');
    await session.query('rollback');
  });

  test('needs a source that is known and an import that was started', async () => {
    const session = await database.session('operator');
    expect(await errorOf(session.query("select subledger.start_import('INVOICE')")))
      .toMatchObject({ code: 'M2004', detail: "source 'INVOICE'" });
    expect(await errorOf(session.query("select subledger.load_import('PREMIUM', 'x', 'x')"))).toMatchObject({ code: 'M2007' });
  });

  test('reads no staging table of the caller’s own: it would run the caller’s code as the owner', async () => {
    const owner = await database.session('owner');
    await owner.query(`grant temporary on database ${database.name} to monthend_operator`);
    const session = await database.session('operator');
    await session.query('create temporary view import_line as select 2::bigint as line_no');
    expect(await errorOf(session.query("select subledger.load_import('PREMIUM', 'x', 'x')"))).toMatchObject({ code: 'M2007' });
    await session.query('drop view pg_temp.import_line; create temporary table import_line (line_no bigint)');
    expect(await errorOf(session.query("select subledger.load_import('PREMIUM', 'x', 'x')"))).toMatchObject({ code: 'M2007' });
    // And a table of the owner's takes lines, and nothing else.
    await session.query("drop table pg_temp.import_line; begin; select subledger.start_import('PREMIUM'); savepoint s");
    for (const statement of ['update pg_temp.import_line set raw = null', 'delete from pg_temp.import_line',
      'alter table pg_temp.import_line add x integer', 'create rule r as on insert to pg_temp.import_line do nothing']) {
      expect(await errorOf(session.query(statement))).toMatchObject({ code: '42501' });
      await session.query('rollback to s');
    }
    await session.query('rollback');
  });

  test.each(['viewer', 'auditor'] as const)('a %s may not import', async (login) => {
    const session = await database.session(login);
    expect(await errorOf(session.query("select subledger.start_import('PREMIUM')"))).toMatchObject({ code: '42501' });
    expect(await errorOf(session.query("select subledger.load_import('PREMIUM', 'x', 'x')"))).toMatchObject({ code: '42501' });
  });

  test('the record of imports is not the operator’s to change', async () => {
    const session = await database.session('operator');
    for (const statement of ['delete from subledger.import', 'update subledger.import_reject set raw = null',
      "insert into subledger.import_reject values (1, 9, null, 'x', 'x', 'x')"]) {
      expect(await errorOf(session.query(statement))).toMatchObject({ code: '42501' });
    }
  });
});

describe('the guard of source rows', () => {
  const database = useDatabase();
  let operator: pg.Client;
  beforeAll(async () => {
    operator = await database.session('operator');
  });

  const corrections = (): Promise<unknown[][]> => rowsOf(operator, `
    select source_id, before ->> 'product_code', after ->> 'product_code' from subledger.transaction_correction order by correction_id`);

  test('keeps before and after of what a batch rejected that has not been committed', async () => {
    await insertPremium(operator, { id: 'g1', product: 'X' });
    await operator.query("update subledger.premium_transaction set product_code = 'Y' where txn_id = 'g1'");
    expect(await corrections()).toEqual([]);
    const batch = await openBatch(operator, '2003-01');
    await operator.query('call month_end.preflight($1, 1)', [batch]);
    await operator.query('call month_end.cancel($1, 1)', [batch]);
    await operator.query("update subledger.premium_transaction set product_code = 'FIRE' where txn_id = 'g1'");
    expect(await corrections()).toEqual([['g1', 'Y', 'FIRE']]);
  });

  test('refuses the move of a rejected row into a period that is being closed', async () => {
    await insertPremium(operator, { id: 'g2', product: 'X', date: '2003-03-10' });
    await closeMonth(operator, '2003-03');
    await openBatch(operator, '2003-04');
    expect(await errorOf(operator.query("update subledger.premium_transaction set payment_date = '2003-04-01' where txn_id = 'g2'")))
      .toMatchObject({ code: 'M1008', detail: 'txn_id g2 of 2003-03, which is CLOSED and 2003-04, which is CLOSING' });
    await operator.query("update subledger.premium_transaction set payment_date = '2003-05-01', product_code = 'FIRE' where txn_id = 'g2'");
    expect((await corrections()).at(-1)).toEqual(['g2', 'X', 'FIRE']);
  });

  test('makes the first close of a month wait for a change that began before the month had a row', async () => {
    await insertPremium(operator, { id: 'g3', date: '2004-07-10', amount: '1.00' });
    const [changing, closing, observer] = [await database.session('operator'), await database.session('operator'), await database.session('owner')];
    const pid = await one<number>(closing, 'select pg_backend_pid()');
    await changing.query("begin; update subledger.premium_transaction set amount = 2.00 where txn_id = 'g3'");
    const closed = closeMonth(closing, '2004-07');
    while (!await one<boolean>(observer, "select exists (select from pg_stat_activity where pid = $1 and wait_event_type = 'Lock')", [pid])) {
      await new Promise((next) => setTimeout(next, 20));
    }
    await changing.query('commit');
    await closed;
    expect(await one(operator, "select amount from month_end.scope where source_id = 'g3'")).toBe('2.00');
  });
});
