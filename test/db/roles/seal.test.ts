import type pg from 'pg';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { batchOf, closeMonth, mayTamper, one } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';
import { digestFromViews } from '../../support/digest.ts';
import { insertMonth } from '../../support/transactions.ts';

// What no right and no trigger can keep a superuser from: the seal tells it afterwards.

const tamperings = [
  ['an amount', `update ledger_data.journal_entry_line set amount = amount + 0.01 where (je_id, line_no) = (select min(je_id), 1 from ledger_data.journal_entry_line)`],
  ['an amount’s last zero', `update ledger_data.journal_entry_line set amount = round(amount, 3) where (je_id, line_no) = (select max(je_id), 1 from ledger_data.journal_entry_line)`],
  ['the account of a line', `update ledger_data.journal_entry_line set account_id = account_id + 1 where (je_id, line_no) = (select min(je_id), 2 from ledger_data.journal_entry_line)`],
  ['the side of a line', `update ledger_data.journal_entry_line set is_debit = not is_debit where (je_id, line_no) = (select max(je_id), 1 from ledger_data.journal_entry_line)`],
  ['a line removed', `delete from ledger_data.journal_entry_line where (je_id, line_no) = (select min(je_id), 3 from ledger_data.journal_entry_line)`],
  ['a line added', `insert into ledger_data.journal_entry_line select je_id, je_date, batch_no, 9, account_id, currency_id, is_debit, 0 from ledger_data.journal_entry_line order by je_id limit 1`],
  ['a header removed', `delete from ledger_data.journal_entry_header where je_id = (select max(je_id) from ledger_data.journal_entry_header)`],
  ['the source of an entry', `update ledger_data.journal_entry_header set reference_id = 'other' where je_id = (select min(je_id) from ledger_data.journal_entry_header)`],
  ['the rule of an entry', `update ledger_data.journal_entry_header set entry_no = 2 where je_id = (select min(je_id) from ledger_data.journal_entry_header)`],
  ['the currency of an entry', `update ledger_data.journal_entry_header set currency_id = 840 where je_id = (select min(je_id) from ledger_data.journal_entry_header)`],
  ['the date of an entry', `update ledger_data.journal_entry_header set je_date = je_date + 1 where je_id = (select min(je_id) from ledger_data.journal_entry_header)`],
  ['its origin date', `update ledger_data.journal_entry_header set origin_date = '2003-07-31' where je_id = (select min(je_id) from ledger_data.journal_entry_header)`],
  ['entries swapped', `with two as (select je_id, row_number() over (order by je_id) as no, reference_id from ledger_data.journal_entry_header order by je_id limit 4)
     update ledger_data.journal_entry_header h set reference_id = o.reference_id from two t join two o on o.no = 5 - t.no where h.je_id = t.je_id and t.no in (1, 4)`],
] as const;

describe('a superuser changes a committed month', () => {
  const database = useDatabase();
  const batch = '2003-08-MONTHEND';
  let owner: pg.Client;
  let sealed = '';
  let may = false;

  beforeAll(async () => {
    owner = await database.session('owner');
    may = await mayTamper(owner);
    await insertMonth(owner, { period: '2003-08', premiums: 400, claims: 40 });
    await closeMonth(owner, '2003-08');
    sealed = (await batchOf(owner, batch)).digest ?? '';
    expect(await one(owner, 'select month_end.recompute_digest($1)', [batch])).toBe(sealed);
  });

  beforeEach(({ skip }) => skip(!may));

  test.each(tamperings)('%s: the seal is broken', async (_what, statement) => {
    await owner.query('begin');
    try {
      await owner.query('set local session_replication_role = replica');
      expect((await owner.query(statement)).rowCount).toBeGreaterThan(0);
      const recomputed = await one<string>(owner, 'select month_end.recompute_digest($1)', [batch]);
      expect(recomputed).not.toBe(sealed);
      expect(await digestFromViews(owner, batch)).toBe(recomputed);
    } finally {
      await owner.query('rollback');
    }
    expect(await one(owner, 'select month_end.recompute_digest($1)', [batch])).toBe(sealed);
  });

  test('a batch that was sealed in the first format is verified in that, and a change of it is seen', async () => {
    await owner.query('begin');
    try {
      await owner.query('set local session_replication_role = replica');
      const first = await digestFromViews(owner, batch, 1, 'monthend-entry/1');
      expect(first).not.toBe(sealed);
      await owner.query(`update month_end.staging_month_end_master set digest = decode($2, 'hex') where batch_id = $1`, [batch, first]);
      expect(await one(owner, 'select month_end.recompute_digest($1)', [batch])).toBe(first);
      await owner.query(tamperings[0]?.[1] ?? '');
      expect([first, sealed]).not.toContain(await one(owner, 'select month_end.recompute_digest($1)', [batch]));
    } finally {
      await owner.query('rollback');
    }
  });
});
