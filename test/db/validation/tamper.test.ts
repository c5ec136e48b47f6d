import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { batchOf, bringTo, closeMonth, errorOf, mayTamper, one, openBatch, rowsOf, setSetting } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';
import { insertMonth } from '../../support/transactions.ts';

// What the validations are for: staged rows are changed behind their back, by a superuser with the
// triggers off, and exactly the rule that is meant for it has to fail. Then the batch is cancelled and
// closed again, with the digest of a run that nobody touched.

const period = '2003-05';
const batch = `${period}-MONTHEND`;

interface Tampering {
  readonly what: string;
  readonly statement: string;
  /** Of which state the batch is when it happens. */
  readonly at: 'PROCESSED' | 'STAGED' | 'SCOPED' | 'PROCESSING';
  /** What work says, or validate_batch. */
  readonly code: string;
  /** Stage and rule of each FAIL. */
  readonly rules: readonly string[];
}

const line = `(select line_table from month_end.leaf order by batch_no desc, leaf_no limit 1)`;
const header = `(select header_table from month_end.leaf order by batch_no desc, leaf_no limit 1)`;
/** A statement on the first leaf: %1$I is its line table, %2$I its header table. */
const onLeaf = (sql: string): string => `do $do$ begin execute format($sql$${sql}$sql$, ${line}, ${header}); end $do$`;
const nth = (no: number): string => `(select je_id from ledger_data.%2$I order by je_id offset ${no} limit 1)`;

const tamperings: Tampering[] = [
  {
    what: 'one amount changed', at: 'PROCESSED', code: 'M2002',
    statement: onLeaf(`update ledger_data.%1$I set amount = amount + 0.01 where je_id = ${nth(10)} and line_no = 2`),
    rules: ['WORKER BALANCES_AS_POSTED', 'WORKER ENTRIES_BALANCE'],
  },
  {
    what: 'an amount changed on both sides of an entry', at: 'PROCESSED', code: 'M2002',
    statement: onLeaf(`update ledger_data.%1$I set amount = amount + 1 where je_id = ${nth(1)} and line_no in (1, 3)`),
    rules: ['WORKER BALANCES_AS_POSTED'],
  },
  {
    what: 'two entries that compensate each other', at: 'PROCESSED', code: 'M2002',
    statement: onLeaf(`update ledger_data.%1$I set amount = amount + case je_id when ${nth(0)} then 0.01 else -0.01 end
      where je_id in (${nth(0)}, ${nth(3)}) and line_no = 2`),
    rules: ['WORKER ENTRIES_BALANCE'],
  },
  {
    what: 'an entry put into another currency', at: 'PROCESSED', code: 'M2002',
    statement: onLeaf(`update ledger_data.%1$I set currency_id = 840 where je_id = ${nth(0)}`),
    rules: ['WORKER BALANCES_AS_POSTED', 'WORKER CONTROL_LINES_AS_SCOPE'],
  },
  {
    what: 'two entries that swap the currencies of a line', at: 'PROCESSED', code: 'M2002',
    statement: onLeaf(`with usd as (select * from ledger_data.%1$I where currency_id = 840 and line_no = 2 order by je_id limit 1),
        eur as (select l.je_id from ledger_data.%1$I l join usd using (je_date, line_no, account_id, is_debit, amount)
                 where l.currency_id = 978 order by l.je_id limit 1)
      update ledger_data.%1$I l set currency_id = 840 + 978 - l.currency_id
       where l.line_no = 2 and l.je_id in (select je_id from usd union all select je_id from eur)`),
    rules: ['WORKER ENTRIES_BALANCE'],
  },
  {
    what: 'a line given to an entry that has it', at: 'PROCESSED', code: 'M2002',
    statement: onLeaf(`update ledger_data.%1$I set je_id = ${nth(6)}, line_no = 9 where je_id = ${nth(5)} and line_no = 1`),
    rules: ['WORKER ENTRIES_BALANCE', 'WORKER LINES_COMPLETE'],
  },
  {
    what: 'a header of a currency that the scope has not', at: 'PROCESSED', code: 'M2002',
    statement: onLeaf(`update ledger_data.%2$I set currency_id = 756 where je_id = ${nth(4)}`),
    rules: ['WORKER HEADERS_AS_SCOPE'],
  },
  {
    what: 'a line removed', at: 'PROCESSED', code: 'M2002',
    statement: onLeaf(`delete from ledger_data.%1$I where je_id = ${nth(5)} and line_no = 3`),
    rules: ['WORKER BALANCES_AS_POSTED', 'WORKER ENTRIES_BALANCE', 'WORKER LINES_COMPLETE'],
  },
  {
    what: 'an entry removed, header and lines', at: 'PROCESSED', code: 'M2002',
    statement: onLeaf(`with e as (select ${nth(4)} as je_id), l as (delete from ledger_data.%1$I l using e where l.je_id = e.je_id)
      delete from ledger_data.%2$I h using e where h.je_id = e.je_id`),
    rules: ['WORKER BALANCES_AS_POSTED', 'WORKER HEADERS_AS_SCOPE', 'WORKER LINES_COMPLETE', 'WORKER NUMBERS_WITHOUT_GAP'],
  },
  {
    what: 'a header removed', at: 'PROCESSED', code: 'M2002',
    statement: onLeaf(`delete from ledger_data.%2$I where je_id = ${nth(4)}`),
    rules: ['WORKER HEADERS_AS_SCOPE', 'WORKER NUMBERS_WITHOUT_GAP'],
  },
  {
    what: 'a header given to another source', at: 'PROCESSED', code: 'M2002',
    statement: onLeaf(`update ledger_data.%2$I set reference_type = 3 - reference_type where je_id = ${nth(4)}`),
    rules: ['WORKER HEADERS_AS_SCOPE'],
  },
  {
    what: 'a header given to another batch', at: 'PROCESSED', code: 'M2002',
    statement: onLeaf(`update ledger_data.%2$I set batch_no = batch_no + 1000 where je_id = ${nth(4)}`),
    rules: ['WORKER NUMBERS_WITHOUT_GAP'],
  },
  {
    what: 'a line moved to another account', at: 'PROCESSED', code: 'M2002',
    statement: onLeaf(`update ledger_data.%1$I set account_id = (select account_id from books.account where code = '4910')
      where je_id = ${nth(7)} and line_no = 2`),
    rules: ['WORKER BALANCES_AS_POSTED'],
  },
  {
    what: 'a line put on the other side', at: 'PROCESSED', code: 'M2002',
    statement: onLeaf(`update ledger_data.%1$I set is_debit = not is_debit where je_id = ${nth(0)}`),
    rules: ['WORKER BALANCES_AS_POSTED', 'WORKER CONTROL_LINES_AS_SCOPE'],
  },
  {
    what: 'a chunk balance changed', at: 'PROCESSED', code: 'M2002',
    statement: `update month_end.chunk_balance set credit = credit + 1
      where (batch_no, chunk_no, account_id) = (select batch_no, chunk_no, account_id from month_end.chunk_balance
        order by batch_no desc, chunk_no, account_id limit 1)`,
    rules: ['WORKER BALANCES_AS_POSTED'],
  },
  {
    what: 'a scope row removed after it was posted', at: 'STAGED', code: '',
    statement: `delete from month_end.scope where (batch_no, entry_offset) in
      (select batch_no, max(entry_offset) from month_end.scope group by batch_no order by 1 desc limit 1)`,
    rules: ['PRECOMMIT CONTROL_LINES_EQUAL_SCOPE'],
  },
  {
    what: 'a chunk balance changed after phase 5', at: 'STAGED', code: '',
    statement: `update month_end.chunk_balance set debit = debit + 1
      where (batch_no, chunk_no, account_id) = (select batch_no, chunk_no, account_id from month_end.chunk_balance
        order by batch_no desc, chunk_no, account_id limit 1)`,
    rules: ['PRECOMMIT BALANCES_EQUAL_LINES'],
  },
  {
    what: 'an account made inactive', at: 'STAGED', code: '',
    statement: `update books.account set is_active = false where code = '4410'`,
    rules: ['PRECOMMIT ACCOUNTS_ACTIVE'],
  },
  {
    what: 'a block hash lost', at: 'STAGED', code: '',
    statement: `update month_end.chunk set block_hashes = block_hashes[2:] where chunk_no = 1`,
    rules: ['PRECOMMIT DIGEST_COMPLETE'],
  },
  {
    what: 'a control figure changed', at: 'STAGED', code: '',
    statement: `update month_end.batch_control set posted_amount = posted_amount + 0.01 where source = 2`,
    rules: ['PRECOMMIT CONTROL_LINES_EQUAL_SCOPE', 'PRECOMMIT SCOPE_EQUALS_SOURCE_LESS_UNFIT'],
  },
  {
    what: 'the period moved on to another number', at: 'STAGED', code: '',
    statement: `update books.period set next_number = next_number + 1`,
    rules: ['PRECOMMIT NUMBERS_WITHOUT_GAP_OR_REPETITION'],
  },
  {
    what: 'the triggers of a leaf disabled', at: 'STAGED', code: '',
    statement: onLeaf(`alter table ledger_data.%1$I disable trigger user`),
    rules: ['PRECOMMIT LEAVES_READY'],
  },
];

describe('tampering with what is staged', () => {
  const database = useDatabase();
  let owner: pg.Client;
  let untouched: string | null;
  let isSuperuser = false;

  async function fresh(): Promise<void> {
    await openBatch(owner, period, { workers: 3 });
  }

  async function tamper(statement: string): Promise<void> {
    await owner.query('set session_replication_role = replica');
    await owner.query(statement);
    await owner.query('reset session_replication_role');
  }

  beforeAll(async () => {
    owner = await database.session('owner');
    isSuperuser = await mayTamper(owner);
    await setSetting(owner, 'chunk_transactions', '256');
    await insertMonth(owner, { period, premiums: 900, claims: 60, negativeEvery: 9 });
    // the same days and amounts in another currency
    await insertMonth(owner, { period, premiums: 60, negativeEvery: 9, currency: 'USD', prefix: 'usd-' });
    await fresh();
    await bringTo(owner, batch, 'VALIDATED');
    ({ digest: untouched } = await batchOf(owner, batch));
    await owner.query('call month_end.cancel($1)', [batch]);
  });

  beforeEach(({ skip }) => skip(!isSuperuser));

  /** The failed rules, each once. */
  const failed = async (): Promise<string[]> =>
    (await rowsOf(owner, `
      select distinct stage || ' ' || rule from month_end.batch_validation_results
       where status = 'FAIL' and batch_no = $1 order by 1`, [(await batchOf(owner, batch)).batch_no])).map(([rule]) => String(rule));

  test.each(tamperings)('$what: $rules', async ({ statement, at, code, rules }) => {
    await fresh();
    if (at === 'STAGED') {
      await bringTo(owner, batch, 'STAGED');
      await tamper(statement);
      expect(await one(owner, 'select month_end.validate_batch($1)', [batch])).toBe('FAILED');
    } else {
      await bringTo(owner, batch, 'PROCESSING');
      // posts everything and stops short of phase 5
      await owner.query(`do $$ declare v record; begin loop
          select * into v from month_end.claim_worker((select max(batch_no) from month_end.staging_month_end_master));
          exit when v.worker_id is null;
          while month_end.work_chunk((select max(batch_no) from month_end.staging_month_end_master), v.worker_id, v.lease_token) loop
          end loop;
        end loop; end $$`);
      expect(await one(owner, 'select month_end.finish_processing($1)', [batch])).toBe('DONE');
      await tamper(statement);
      expect(await errorOf(owner.query('call month_end.work($1)', [batch]))).toMatchObject({ code });
    }
    expect(await failed()).toEqual(rules);
    expect((await batchOf(owner, batch)).status).toBe(at);
    expect(await errorOf(owner.query('select month_end.commit_batch($1)', [batch]))).toMatchObject({ code: 'M1002' });
    expect(await errorOf(owner.query('call month_end.resume($1)', [batch]))).toMatchObject({ code: 'M2002' });
    await owner.query('call month_end.cancel($1)', [batch]);
    expect(await failed()).toEqual(rules);
    expect(await one(owner, 'select count(*) from ledger_data.journal_entry_line')).toBe('0');

    await tamper(`update books.account set is_active = true; update books.period set next_number = 1 where period = '${period}'`);
    await fresh();
    await bringTo(owner, batch, 'VALIDATED');
    expect((await batchOf(owner, batch)).digest).toBe(untouched);
    await owner.query('call month_end.cancel($1)', [batch]);
  });

  test('a number used twice: the key of its leaf is never built', async () => {
    await fresh();
    await bringTo(owner, batch, 'PROCESSING');
    await owner.query(`do $$ begin
      perform set_config('session_replication_role', 'replica', false);
      execute format('insert into ledger_data.%I select distinct on (1) je_id, je_date, batch_no, reference_type, rule_set_id, entry_no, product_id, cost_center_id, currency_id, reference_id, origin_date from (select l.first_je_id as je_id, date ''2003-05-01'' as je_date, l.batch_no, 1::smallint as reference_type, 1::smallint as rule_set_id, 1::smallint as entry_no, 1::smallint as product_id, 1::smallint as cost_center_id, 978::smallint as currency_id, ''twice'' as reference_id, null::date as origin_date from month_end.leaf l order by l.batch_no desc limit 1) x', ${header});
      perform set_config('session_replication_role', 'origin', false); end $$`);
    expect(await errorOf(owner.query('call month_end.work($1)', [batch]))).toMatchObject({
      code: 'M2006', detail: expect.stringMatching(/^rule NUMBERS_UNIQUE: JE-1-2003-05-0000000001 in leaf 1 \(journal_entry_header_\w+\): Key \(je_id, je_date\)=/) as string });
    expect((await batchOf(owner, batch)).status).toBe('PROCESSED');
    expect(await errorOf(owner.query('select month_end.commit_batch($1)', [batch]))).toMatchObject({ code: 'M1002' });
    await owner.query('call month_end.cancel($1)', [batch]);
  });

  // Phases 5 and 6 read neither the texts of headers nor, after phase 5, the lines again: the seal does.
  test.each([
    ['the source of an entry', 'PROCESSING', onLeaf(`update ledger_data.%2$I set reference_id = 'other' where je_id = ${nth(3)}`)],
    ['two sides of an entry after phase 5', 'STAGED', onLeaf(`update ledger_data.%1$I set amount = amount + 1 where je_id = ${nth(1)} and line_no in (1, 3)`)],
  ] as const)('%s is told by the seal, once it is committed', async (_what, at, statement) => {
    // committed for good, so in a month of its own
    const month = at === 'STAGED' ? '2003-06' : '2003-07';
    await insertMonth(owner, { period: month, premiums: 50 });
    const id = await openBatch(owner, month, { workers: 1 });
    await bringTo(owner, id, at);
    if (at === 'PROCESSING') {
      await owner.query(`do $$ declare v record; begin
        select * into v from month_end.claim_worker((select max(batch_no) from month_end.staging_month_end_master));
        perform month_end.work_chunk((select max(batch_no) from month_end.staging_month_end_master), v.worker_id, v.lease_token); end $$`);
    }
    await tamper(statement);
    await bringTo(owner, id, 'COMPLETED');
    const { digest } = await batchOf(owner, id);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(await one(owner, 'select month_end.recompute_digest($1)', [id])).not.toBe(digest);
  });

  afterAll(async () => {
    if (!isSuperuser) return;
    await closeMonth(owner, period);
    expect((await batchOf(owner, batch)).digest).toBe(untouched);
  });
});
