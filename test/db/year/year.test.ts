import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { beforeAll, describe, expect, test } from 'vitest';
import { batchOf, bringTo, closeMonth, errorOf, one, openBatch, rowsOf } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';
import { addExpected, fromMinor, sum, toMinor, type Total } from '../../support/money.ts';
import { hasMotorMonths, readMotorCsv, type CsvRow } from '../../support/transactions.ts';

// A year of the portfolio and a supplement for each month: rows that come late, rows that are
// rejected and corrected, refunds, a crash between phases 7 and 8. In the end every transaction is in
// exactly one place, to the cent; the sums are made here, from the files.

const year = Array.from({ length: 12 }, (_, at) => `2003-${String(at + 1).padStart(2, '0')}`);
const shipped = year.slice(0, 3);
const months = hasMotorMonths(year) ? year : hasMotorMonths(shipped) ? shipped : [];
const crashed = months[months.length - 1];

interface Row extends CsvRow {
  readonly source: 'PREMIUM' | 'CLAIM';
  readonly fate: 'ON_TIME' | 'LATE' | 'CORRECTED' | 'STAYS_REJECTED';
}

const fateOf = (at: number): Row['fate'] =>
  at % 997 === 5 ? 'LATE' : at % 1499 === 7 ? 'CORRECTED' : at % 4001 === 11 ? 'STAYS_REJECTED' : 'ON_TIME';

function rowsOfMonth(period: string): Row[] {
  const rows: Row[] = [
    ...readMotorCsv('premiums', period).map((row, at) => ({ ...row, source: 'PREMIUM' as const, fate: fateOf(at) })),
    ...readMotorCsv('claims', period).map((row, at) => ({ ...row, source: 'CLAIM' as const, fate: at % 101 === 3 ? 'LATE' as const : 'ON_TIME' as const })),
  ];
  // made refunds, some of them late: part of an instalment goes back under an id of its own
  const refunds = rows.filter((row, at) => row.source === 'PREMIUM' && at % 701 === 1).map((row, at): Row => ({
    id: `refund of ${row.id}`, date: row.date, amount: fromMinor(-((toMinor(row.amount) + 2n) / 3n)), source: 'PREMIUM',
    fate: at % 5 === 0 ? 'LATE' : 'ON_TIME',
  }));
  return [...rows, ...refunds];
}

async function load(session: pg.Client, rows: readonly Row[]): Promise<void> {
  for (const [source, columns] of [
    ['PREMIUM', 'premium_transaction (txn_id, payment_date'], ['CLAIM', 'claims_transaction (claim_id, claim_date'],
  ] as const) {
    const lines = rows.filter((row) => row.source === source).map((row) =>
      `${row.id},${row.date},${row.amount},EUR,Center,${row.fate === 'CORRECTED' || row.fate === 'STAYS_REJECTED' ? 'BROKEN' : 'FIRE'}\n`);
    await pipeline(Readable.from([lines.join('')]), session.query(copyFrom(
      `copy subledger.${columns}, amount, currency, cost_center, product_code) from stdin (format csv)`)));
  }
}

describe.skipIf(months.length === 0)(`the months ${months[0]} to ${crashed}`, () => {
  const database = useDatabase();
  let operator: pg.Client;
  let viewer: pg.Client;
  const rows = new Map<string, Row[]>();

  beforeAll(async () => {
    operator = await database.session('operator');
    viewer = await database.session('viewer');
    for (const period of months) rows.set(period, rowsOfMonth(period));
  });

  const of = (period: string, ...fates: Row['fate'][]): Row[] => (rows.get(period) ?? []).filter((row) => fates.includes(row.fate));

  test.each(months)('%s is closed', { timeout: 600_000 }, async (period) => {
    await load(operator, of(period, 'ON_TIME', 'CORRECTED', 'STAYS_REJECTED'));
    if (period !== crashed) {
      await closeMonth(operator, period);
    } else {
      const dying = await database.session('operator', 'dying');
      const pid = await one<number>(dying, 'select pg_backend_pid()');
      const id = await openBatch(dying, period);
      await bringTo(dying, id, 'COMMITTED');
      const owner = await database.session('owner');
      expect(await one(owner, 'select pg_terminate_backend($1, 10000)', [pid])).toBe(true);
      expect((await errorOf(dying.query('select 1'))).message).not.toBe('');
      expect((await batchOf(operator, id)).status).toBe('COMMITTED');
      await operator.query('call month_end.resume($1)', [id]);
    }
    const zero = of(period, 'ON_TIME').filter((row) => toMinor(row.amount) === 0n);
    expect(await batchOf(operator, `${period}-MONTHEND`)).toMatchObject({
      status: 'COMPLETED', posted_count: String(of(period, 'ON_TIME').length - zero.length),
      rejected_count: String(of(period, 'CORRECTED', 'STAYS_REJECTED').length), set_aside_count: String(zero.length),
    });
    // a late row comes while nobody closes anything, the corrections too
    await load(operator, of(period, 'LATE'));
  });

  test.each(months)('%s is supplemented', { timeout: 600_000 }, async (period) => {
    const corrected = of(period, 'CORRECTED').map((row) => row.id);
    expect(corrected.length).toBeGreaterThan(10);
    const changed = await operator.query(
      `update subledger.premium_transaction set product_code = 'FIRE' where txn_id = any ($1)`, [corrected]);
    expect(changed.rowCount).toBe(corrected.length);
    await closeMonth(operator, period, { supplement: true });
    const late = of(period, 'LATE');
    const zero = late.filter((row) => toMinor(row.amount) === 0n);
    expect(await batchOf(operator, `${period}-MONTHEND-02`)).toMatchObject({
      status: 'COMPLETED', posted_count: String(late.length - zero.length + corrected.length),
      rejected_count: String(of(period, 'STAYS_REJECTED').length), set_aside_count: String(zero.length),
    });
  });

  test.each(months)('every transaction of %s is in exactly one place, to the cent', { timeout: 600_000 }, async (period) => {
    const found = await rowsOf(viewer, `
      select h.reference_type || ' ' || h.reference_id, h.batch_id,
             case when h.reference_type = 'PREMIUM' then l.debit - l.credit else l.credit - l.debit end
        from ledger.journal_entry_header h join ledger.journal_entry_line l using (je_id)
       where h.period = $1 and (h.entry_code, l.account_code) in (('P1', '1110'), ('C1', '3310'))`, [period]);
    const all = rows.get(period) ?? [];
    const expected = new Map(all.filter((row) => row.fate !== 'STAYS_REJECTED' && toMinor(row.amount) !== 0n).map((row) => [
      `${row.source} ${row.id}`,
      `${period}-MONTHEND${row.fate === 'ON_TIME' ? '' : '-02'} ${fromMinor(toMinor(row.amount))}`,
    ]));
    expect(found).toHaveLength(expected.size);
    expect(new Map(found.map(([id, batch, amount]) => [String(id), `${String(batch)} ${fromMinor(toMinor(String(amount)))}`]))).toEqual(expected);

    const inMonth = [`${period}-01`];
    const within = `>= $1::date and %s < $1::date + interval '1 month'`;
    expect((await rowsOf(operator, `select s.code || ' ' || a.source_id from subledger.set_aside_transaction a join books.source s using (source)
      where a.transaction_date ${within.replace('%s', 'a.transaction_date')}`, inMonth)).map(([id]) => String(id)).sort())
      .toEqual(all.filter((row) => toMinor(row.amount) === 0n).map((row) => `${row.source} ${row.id}`).sort());
    expect((await rowsOf(operator, `select source_id from subledger.transaction_place
      where place = 'REJECTED' and transaction_date ${within.replace('%s', 'transaction_date')}`, inMonth)).map(([id]) => String(id)).sort())
      .toEqual(of(period, 'STAYS_REJECTED').map((row) => row.id).sort());
  });

  test.each(months)('the trial balance of %s is the one of the files', { timeout: 600_000 }, async (period) => {
    const totals = new Map<string, Total>();
    for (const row of of(period, 'ON_TIME', 'LATE', 'CORRECTED')) {
      if (toMinor(row.amount) !== 0n) addExpected(totals, row.source, toMinor(row.amount));
    }
    expect(await rowsOf(viewer, `select account_code, round(debit, 2), round(credit, 2), line_count from ledger.trial_balance
      where period = $1 order by 1`, [period])).toEqual([...totals].sort(([a], [b]) => (a < b ? -1 : 1)).map(
      ([account, total]) => [account, fromMinor(total.debit), fromMinor(total.credit), String(total.lines)]));
  });

  test('nothing is anywhere twice, nor nowhere, over all of it', async () => {
    const all = [...rows.values()].flat();
    const places = new Map((await rowsOf(operator, 'select place, count(*), sum(amount)::numeric(20,2) from subledger.transaction_place group by 1'))
      .map(([place, count, amount]) => [String(place), `${String(count)} ${String(amount)}`]));
    const rejected = all.filter((row) => row.fate === 'STAYS_REJECTED');
    const zero = all.filter((row) => toMinor(row.amount) === 0n && row.fate !== 'STAYS_REJECTED');
    const total = (some: readonly Row[]): string => fromMinor(sum(some.map((row) => toMinor(row.amount))));
    const posted = all.filter((row) => !rejected.includes(row) && !zero.includes(row));
    expect(places).toEqual(new Map([
      ['POSTED', `${posted.length} ${total(posted)}`],
      ['REJECTED', `${rejected.length} ${total(rejected)}`],
      ['SET_ASIDE', `${zero.length} ${total(zero)}`],
    ]));
    expect(await rowsOf(viewer, `select reference_type, reference_id from ledger.journal_entry_header
      group by 1, 2 having count(*) <> 3`)).toEqual([]);
    expect(await rowsOf(viewer, `select period, count(*) - max(je_id % 10000000000), min(je_id % 10000000000)
      from ledger.journal_entry_header group by 1 order by 1`)).toEqual(months.map((period) => [period, '0', '1']));
  });
});
