import type pg from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { closeMonth, one, rowsOf } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';
import { digestFromViews } from '../../support/digest.ts';
import { addExpected, expectedLines, fromMinor, specEntries, sum, toMinor, type Total } from '../../support/money.ts';
import { loadMotorMonth, readMotorCsv } from '../../support/transactions.ts';

// January 2003 of the motor portfolio, against figures that are computed here from the files.

describe('January 2003', () => {
  const database = useDatabase();
  const batch = '2003-01-MONTHEND';
  const premiums = readMotorCsv('premiums', '2003-01');
  const claims = readMotorCsv('claims', '2003-01');
  const zeroClaims = claims.filter((row) => toMinor(row.amount) === 0n);
  const posted = premiums.length + claims.length - zeroClaims.length;
  let reader: pg.Client;
  let operator: pg.Client;

  beforeAll(async () => {
    operator = await database.session('operator');
    reader = await database.session('viewer');
    await loadMotorMonth(operator, '2003-01');
    await closeMonth(operator, '2003-01');
  });

  test('the files are the ones that the figures are of', () => {
    expect([premiums.length, fromMinor(sum(premiums.map((row) => toMinor(row.amount))))]).toEqual([41703, '1147523.12']);
    expect([claims.length, fromMinor(sum(claims.map((row) => toMinor(row.amount))))]).toEqual([417, '395671.00']);
    expect(zeroClaims).toHaveLength(16);
  });

  test('the report reconciles source, posted, rejected and set aside', async () => {
    const report = await one<Record<string, unknown>>(reader, 'select month_end.report($1)', [batch]);
    expect(report).toMatchObject({
      schema: 'monthend.report/1', batch_id: batch, period: '2003-01', status: 'COMPLETED', attempt: 1,
      transactions: { premium: 41703, claims: 417, posted: 42104, rejected: 0, set_aside: 16 },
      entries: 126312, lines: 378936,
      control: [
        {
          source: 'PREMIUM', currency: 'EUR', source_count: 41703, source_amount: '1147523.12',
          posted_count: 41703, posted_amount: '1147523.12', rejected_count: 0, rejected_amount: '0.00', set_aside_count: 0,
        },
        {
          source: 'CLAIM', currency: 'EUR', source_count: 417, source_amount: '395671.00',
          posted_count: 401, posted_amount: '395671.00', rejected_count: 0, rejected_amount: '0.00', set_aside_count: 16,
        },
      ],
    });
    expect(report['debits']).toEqual(report['credits']);
  });

  test('three entries a transaction, nine lines, numbered without gap from 1', async () => {
    expect(await rowsOf(reader, `
      select count(*), count(distinct je_id), min(je_number), max(je_number),
             min(je_id % 10000000000), max(je_id % 10000000000) from ledger.journal_entry_header`)).toEqual([
      [String(posted * 3), String(posted * 3), 'JE-1-2003-01-0000000001', 'JE-1-2003-01-0000126312', '1', '126312']]);
    expect(await rowsOf(reader, `
      select entries, count(*) from (select count(*) as entries from ledger.journal_entry_header
        group by reference_type, reference_id) e group by 1`)).toEqual([['3', String(posted)]]);
    expect(await one(reader, 'select count(*) from ledger.journal_entry_line')).toBe(String(posted * 9));
  });

  test('every entry balances, none has a negative line', async () => {
    expect(await rowsOf(reader, `
      select je_number from ledger.journal_entry_line group by je_number having sum(debit) <> sum(credit)`)).toEqual([]);
    expect(await rowsOf(reader, 'select je_number from ledger.journal_entry_line where amount < 0')).toEqual([]);
  });

  test('the control lines carry exactly what the files carry, transaction by transaction', async () => {
    const control = await rowsOf(reader, `
      select h.reference_type, h.reference_id, l.debit - l.credit
        from ledger.journal_entry_header h join ledger.journal_entry_line l using (je_id)
       where (h.entry_code, l.account_code) in (('P1', '1110'), ('C1', '3310'))`);
    const found = new Map(control.map(([type, id, amount]) => [`${String(type)} ${String(id)}`, toMinor(String(amount))]));
    const expected = new Map([
      ...premiums.map((row) => [`PREMIUM ${row.id}`, toMinor(row.amount)] as const),
      ...claims.filter((row) => !zeroClaims.includes(row)).map((row) => [`CLAIM ${row.id}`, -toMinor(row.amount)] as const),
    ]);
    expect(control).toHaveLength(expected.size);
    expect(found).toEqual(expected);
  });

  test('the trial balance is the one computed from the files', async () => {
    const totals = new Map<string, Total>();
    for (const row of premiums) addExpected(totals, 'PREMIUM', toMinor(row.amount));
    for (const row of claims.filter((each) => !zeroClaims.includes(each))) addExpected(totals, 'CLAIM', toMinor(row.amount));
    const expected = [...totals].sort(([a], [b]) => (a < b ? -1 : 1)).map(([account, total]) => [
      account, 'EUR', fromMinor(total.debit), fromMinor(total.credit), String(total.lines)]);
    const inPeriod = `where period = '2003-01' order by account_code`;
    const columns = 'account_code, currency, round(debit, 2), round(credit, 2), line_count';
    expect(await rowsOf(reader, `select ${columns} from ledger.trial_balance ${inPeriod}`)).toEqual(expected);
    expect(await rowsOf(reader, `select ${columns} from ledger.account_balance ${inPeriod}`)).toEqual(expected);
    // the lines themselves, not only the stored balances
    expect(await rowsOf(reader, `
      select account_code, currency, round(sum(debit), 2), round(sum(credit), 2), count(*)
        from ledger.journal_entry_line where period = '2003-01' group by 1, 2 order by 1`)).toEqual(expected);
  });

  test('each line of an odd amount is rounded cumulatively', async () => {
    const odd = premiums.find((row) => toMinor(row.amount) % 100n === 8n) ?? premiums[0];
    if (!odd) throw new Error('no premium');
    const expected = specEntries.PREMIUM.flatMap((entry) =>
      expectedLines(entry, toMinor(odd.amount)).map((line, at) => [
        entry.code, at + 1, line.account, line.isDebit, fromMinor(line.units)]));
    expect(await rowsOf(reader, `
      select h.entry_code, l.line_no, l.account_code, l.is_debit, l.amount
        from ledger.journal_entry_header h join ledger.journal_entry_line l using (je_id)
       where h.reference_type = 'PREMIUM' and h.reference_id = $1 order by h.je_id, l.line_no`, [odd.id])).toEqual(expected);
  });

  test('numbers follow source, date and id', async () => {
    const expected = [...premiums].sort((a, b) =>
      a.date < b.date ? -1 : a.date > b.date ? 1 : a.id < b.id ? -1 : 1).map((row) => row.id);
    const found = await rowsOf(reader, `
      select reference_id from ledger.journal_entry_header
       where entry_code = 'P1' order by je_id`);
    expect(found.map(([id]) => id)).toEqual(expected);
    expect(await rowsOf(reader, `
      select reference_type, min(je_id % 10000000000), max(je_id % 10000000000)
        from ledger.journal_entry_header group by 1 order by 2`)).toEqual([
      ['PREMIUM', '1', String(premiums.length * 3)], ['CLAIM', String(premiums.length * 3 + 1), '126312']]);
  });

  test('the sixteen zero claims are set aside, and nothing else', async () => {
    const found = await rowsOf(operator, 'select source_id from subledger.set_aside_transaction order by 1');
    expect(found.map(([id]) => String(id)).sort()).toEqual(zeroClaims.map((row) => row.id).sort());
    expect(await one(operator, 'select count(*) from subledger.rejected_transaction')).toBe('0');
    expect(await rowsOf(operator, 'select place, count(*) from subledger.transaction_place group by 1 order by 1'))
      .toEqual([['POSTED', '42104'], ['SET_ASIDE', '16']]);
  });

  test('the digest is that of an independent computation over the views', async () => {
    const auditor = await database.session('auditor');
    const sealed = await one<string>(reader, 'select digest from month_end.batch where batch_id = $1', [batch]);
    expect(await digestFromViews(reader, batch)).toBe(sealed);
    expect(await one(auditor, 'select month_end.recompute_digest($1)', [batch])).toBe(sealed);
  });

  test('an entry leads back to its source row', async () => {
    const shown = await one<Record<string, unknown>>(reader, `select month_end.show_entry('JE-1-2003-01-0000000001')`);
    const [first] = [...premiums].sort((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : a.id < b.id ? -1 : 1));
    expect(shown).toMatchObject({
      entry_code: 'P1', currency: 'EUR', batch_id: batch,
      source: { type: 'PREMIUM', id: first?.id, row: { payment_date: first?.date } },
    });
    expect(await one(reader, `select month_end.show_entry('JE-1-2003-01-0000126313')`)).toBeNull();
  });
});
