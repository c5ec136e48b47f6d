import type pg from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { batchOf, bringTo, closeMonth, errorOf, one, openBatch, rowsOf } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';
import { insertMonth } from '../../support/transactions.ts';

// A report that is open across a commit neither delays it nor notices it.

const period = '2003-04';
const figures = `
  select (select count(*) from ledger.journal_entry_header), (select count(*) from ledger.journal_entry_line),
         (select sum(debit) from ledger.journal_entry_line), (select sum(debit) from ledger.trial_balance),
         (select sum(line_count) from ledger.account_balance), (select count(*) from ledger.batch)`;

describe('an open report', () => {
  const database = useDatabase();
  let operator: pg.Client;
  let report: pg.Client;

  beforeAll(async () => {
    operator = await database.session('operator');
    report = await database.session('viewer');
    await insertMonth(operator, { period, premiums: 400, claims: 40 });
    await closeMonth(operator, period);
    await insertMonth(operator, { period, premiums: 50, prefix: 'late' });
    await insertMonth(operator, { period: '2003-05', premiums: 300 });
  });

  test.each([['a supplement of its month', period, true, 490], ['the next month', '2003-05', false, 790]] as const)(
    'delays no phase of %s, and sees nothing of it', async (_what, month, supplement, transactions) => {
      await report.query('begin isolation level repeatable read');
      await report.query(`declare lines cursor for select je_number, line_no, account_code, debit, credit from ledger.journal_entry_line order by je_id, line_no`);
      const first = await rowsOf(report, 'fetch 100 from lines');
      const before = await rowsOf(report, figures);
      // a wait for the report, which stays, would end the close with 55P03 (opening sets a limit of its own)
      await operator.query(`set lock_timeout = '5s'`);
      const id = await openBatch(operator, month, { supplement });
      await bringTo(operator, id, 'COMPLETED');
      await operator.query('reset lock_timeout');

      expect(await rowsOf(report, figures)).toEqual(before);
      const rest = await rowsOf(report, 'fetch all from lines');
      expect(first.length + rest.length).toBe(Number(before[0]?.[1]));
      // the report has its locks all the time, and nobody waits for any
      const owner = await database.session('owner');
      expect(Number(await one(owner, `select count(*) from pg_locks where relation = 'ledger_data.journal_entry_line'::regclass and mode = 'AccessShareLock' and granted`))).toBeGreaterThan(0);
      await report.query('commit');
      expect((await rowsOf(report, figures))[0]?.slice(0, 2)).toEqual([String(transactions * 3), String(transactions * 9)]);
    });

  test('an attached leaf of a batch that is not committed is seen by nobody', async () => {
    await insertMonth(operator, { period: '2003-06', premiums: 200 });
    const before = await rowsOf(report, figures);
    const id = await openBatch(operator, '2003-06');
    for (const state of ['STAGED', 'VALIDATED'] as const) {
      await bringTo(operator, id, state);
      const owner = await database.session('owner');
      expect(await one(owner, `select count(*) from ledger_data.journal_entry_header where je_date >= '2003-06-01'`)).toBe('600');
      expect(await rowsOf(report, figures)).toEqual(before);
      expect(await one(report, `select month_end.show_entry('JE-1-2003-06-0000000001')`)).toBeNull();
      expect(await rowsOf(report, `select batch_id from ledger.batch where period = '2003-06'`)).toEqual([]);
    }
    // two sessions commit it at once: one does, the other finds it done
    const other = await database.session('admin');
    const ends = await Promise.all([operator, other].map((session) =>
      session.query('select month_end.commit_batch($1)', [id]).then(() => 'committed', (error: { code: string }) => error.code)));
    expect(ends.sort()).toEqual(['M1002', 'committed']);
    expect((await batchOf(operator, id)).status).toBe('COMMITTED');
    expect(await one(report, `select count(*) from ledger.journal_entry_header where period = '2003-06'`)).toBe('600');
    await bringTo(operator, id, 'COMPLETED');
  });

  test('a commit that is rolled back has published nothing', async () => {
    await insertMonth(operator, { period: '2003-07', premiums: 10 });
    const id = await openBatch(operator, '2003-07');
    await bringTo(operator, id, 'VALIDATED');
    await operator.query('begin');
    await operator.query('select month_end.commit_batch($1)', [id]);
    expect(await one(operator, `select count(*) from ledger.journal_entry_header where period = '2003-07'`)).toBe('30');
    expect(await one(report, `select count(*) from ledger.journal_entry_header where period = '2003-07'`)).toBe('0');
    await operator.query('rollback');
    expect(await rowsOf(operator, `select state, next_number from books.period where period = '2003-07'`)).toEqual([['CLOSING', '1']]);
    expect((await batchOf(operator, id)).status).toBe('VALIDATED');
    await bringTo(operator, id, 'COMPLETED');
    expect(await rowsOf(operator, `select state, next_number from books.period where period = '2003-07'`)).toEqual([['CLOSED', '31']]);
  });

  test('a FAIL that is found after validation blocks the commit: M5001', async () => {
    const owner = await database.session('owner');
    await insertMonth(operator, { period: '2003-08', premiums: 10 });
    const id = await openBatch(operator, '2003-08');
    await bringTo(operator, id, 'VALIDATED');
    const { batch_no: no } = await batchOf(operator, id);
    for (const [statement, undo] of [
      [`insert into month_end.batch_validation_results (batch_no, stage, rule, status) values (${no}, 'PRECOMMIT', 'MADE_BY_TEST', 'FAIL')`,
        `delete from month_end.batch_validation_results where rule = 'MADE_BY_TEST'`],
      [`update books.period set next_number = 2 where period = '2003-08'`, `update books.period set next_number = 1 where period = '2003-08'`],
      [`update books.period set state = 'OPEN' where period = '2003-08'`, `update books.period set state = 'CLOSING' where period = '2003-08'`],
      [`delete from ledger_data.batch_publication where batch_no = ${no}`,
        `insert into ledger_data.batch_publication (batch_no, ledger_id, period, batch_id) values (${no}, 1, '2003-08', '${id}')`],
    ] as const) {
      await owner.query(statement);
      expect(await errorOf(operator.query('select month_end.commit_batch($1)', [id])), statement).toMatchObject({ code: 'M5001' });
      await owner.query(undo);
      expect(await one(report, `select count(*) from ledger.journal_entry_header where period = '2003-08'`)).toBe('0');
    }
    await bringTo(operator, id, 'COMPLETED');
  });
});
