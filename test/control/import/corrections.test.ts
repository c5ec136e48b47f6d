import type pg from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { batchOf, bringTo, closeMonth, openBatch, rowsOf } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';
import { countsOf, importPremiums } from '../../support/import.ts';

// Corrected rows for what a batch has rejected, and rows that come late.

const row = (id: string, product: string, date = '2003-01-15', amount = '10.00'): string =>
  `${id},POL,${product},${date},${amount},EUR,Center`;

const products = (session: pg.Client): Promise<unknown[][]> => rowsOf(session, `
  select txn_id, product_code, payment_date, amount from subledger.premium_transaction order by txn_id`);

const corrections = (session: pg.Client): Promise<unknown[][]> => rowsOf(session, `
  select source_id, before ->> 'product_code', before ->> 'amount', after ->> 'product_code', after ->> 'amount'
    from subledger.transaction_correction order by correction_id`);

describe('a corrected row', () => {
  const database = useDatabase();
  let session: pg.Client;
  const corrected = [row('good', 'FIRE'), row('bad1', 'FIRE', '2003-01-15', '20.00'), row('bad2', 'THEFT'), row('bad2', 'LEGAL')];

  beforeAll(async () => {
    session = await database.session();
    await importPremiums(session, 'jan.csv', [row('good', 'FIRE'), row('bad1', 'HOVERCRAFT'), row('bad2', 'BALLOON'), row('bad3', 'X')]);
  });

  test('before a batch has rejected the row is a conflict', async () => {
    const outcome = await importPremiums(session, 'early.csv', [row('bad1', 'FIRE')]);
    expect(countsOf(outcome)).toMatchObject({ corrected: 0, conflicts: 1 });
  });

  test('waits while a batch holds the period; the rest of its file loads', async () => {
    await closeMonth(session, '2003-01');
    expect(await batchOf(session, '2003-01-MONTHEND')).toMatchObject({ posted_count: '1', rejected_count: '3' });
    const supplement = await openBatch(session, '2003-01', { supplement: true });
    const outcome = await importPremiums(session, 'corrected.csv', [...corrected, row('feb', 'FIRE', '2003-02-01')]);
    expect(countsOf(outcome)).toEqual({ lines: 5, loaded: 1, unchanged: 1, corrected: 0, conflicts: 1, rejected: 3 });
    expect(await rowsOf(session, 'select line_no, rule from subledger.import_reject where import_id = $1 order by 1', [outcome.import_id]))
      .toEqual([['3', 'PERIOD_CLOSING'], ['4', 'PERIOD_CLOSING'], ['5', 'ID_CONFLICT']]);
    expect(outcome.rejects[0]?.reason).toBe('txn_id bad1 is here already, from line 3 of jan.csv, with other content: product_code '
      + 'here HOVERCRAFT, in the file FIRE; amount here 10.00, in the file 20.00; it can be corrected when the batch that holds '
      + '2003-01 has ended: import the file again then');
    await bringTo(session, supplement, 'COMPLETED');
  });

  test('replaces the rejected one when the same file comes again, before and after kept', async () => {
    const outcome = await importPremiums(session, 'corrected.csv', [...corrected, row('feb', 'FIRE', '2003-02-01')]);
    expect(outcome.is_repeat).toBe(false);
    expect(countsOf(outcome)).toEqual({ lines: 5, loaded: 0, unchanged: 2, corrected: 2, conflicts: 1, rejected: 1 });
    expect(outcome.rejects.map(({ line, rule }) => [line, rule])).toEqual([[5, 'ID_CONFLICT']]);
    expect(await products(session)).toEqual([
      ['bad1', 'FIRE', '2003-01-15', '20.00'], ['bad2', 'THEFT', '2003-01-15', '10.00'], ['bad3', 'X', '2003-01-15', '10.00'],
      ['feb', 'FIRE', '2003-02-01', '10.00'], ['good', 'FIRE', '2003-01-15', '10.00'],
    ]);
    expect(await corrections(session)).toEqual([
      ['bad1', 'HOVERCRAFT', '10.00', 'FIRE', '20.00'], ['bad2', 'BALLOON', '10.00', 'THEFT', '10.00'],
    ]);
    // The lineage of the corrected row is the file that corrected it.
    expect(await rowsOf(session, "select import_id::text, import_line from subledger.premium_transaction where txn_id = 'bad1'"))
      .toEqual([[outcome.import_id, '3']]);
    // It is named as late, with what posts it.
    expect(outcome.late).toEqual([{ ledger_id: 1, period: '2003-01', state: 'CLOSED', row_count: 2 }]);
  });

  test('is not undone by the older file, even while it could be corrected again', async () => {
    const old = await importPremiums(session, 'jan.csv', [row('good', 'FIRE'), row('bad1', 'HOVERCRAFT'), row('bad2', 'BALLOON'), row('bad3', 'X')]);
    expect(old.is_repeat).toBe(true);
    expect(countsOf(old)).toEqual({ lines: 4, loaded: 0, unchanged: 2, corrected: 0, conflicts: 2, rejected: 2 });
    expect(old.rejects[0]?.reason).toContain('; a correction has replaced this content already');
  });

  test('is posted by the next supplement, and then changes no more', async () => {
    await closeMonth(session, '2003-01', { supplement: true });
    expect(await batchOf(session, '2003-01-MONTHEND-03')).toMatchObject({ posted_count: '2', rejected_count: '1' });
    const outcome = await importPremiums(session, 'more.csv', [row('bad1', 'LEGAL'), row('bad3', 'SERV', '2003-02-03')]);
    expect(countsOf(outcome)).toEqual({ lines: 2, loaded: 0, unchanged: 0, corrected: 1, conflicts: 1, rejected: 1 });
    expect((await products(session)).slice(0, 3)).toEqual([
      ['bad1', 'FIRE', '2003-01-15', '20.00'], ['bad2', 'THEFT', '2003-01-15', '10.00'], ['bad3', 'SERV', '2003-02-03', '10.00'],
    ]);
  });
});

describe('a locked period', () => {
  const database = useDatabase();

  test('takes late rows, which are named, and no corrections', async () => {
    const session = await database.session();
    const owner = await database.session('owner');
    await importPremiums(session, 'jan.csv', [row('bad', 'X')]);
    await closeMonth(session, '2003-01');
    await owner.query("update books.period set state = 'LOCKED' where period = '2003-01'");
    const outcome = await importPremiums(session, 'late.csv', [
      row('bad', 'FIRE'), row('late1', 'FIRE'), row('late2', 'FIRE', '2003-01-31'), row('feb', 'FIRE', '2003-02-01')]);
    expect(countsOf(outcome)).toEqual({ lines: 4, loaded: 3, unchanged: 0, corrected: 0, conflicts: 0, rejected: 1 });
    expect(outcome.late).toEqual([{ ledger_id: 1, period: '2003-01', state: 'LOCKED', row_count: 2 }]);
    expect(outcome.rejects).toMatchObject([{ line: 2, column: 'product_code', rule: 'PERIOD_LOCKED' }]);
    expect(outcome.rejects[0]?.reason).toMatch(/; 2003-01 is locked and takes no correction$/);
  });
});
