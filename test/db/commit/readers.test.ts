import type pg from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { closeMonth, mayTamper } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';
import { insertMonth } from '../../support/transactions.ts';

// Readers around commits. Every batch has three transactions: nine headers, 27 lines. A reader that
// sees a number of headers, lines, balances or amounts that is not of whole batches has seen one torn.

const transactionsWanted = 100_000;
const months = Array.from({ length: 16 }, (_, at) => `${2001 + Math.floor(at / 12)}-${String(1 + (at % 12)).padStart(2, '0')}`);
const batchesPerMonth = 8;

// One transaction an iteration, in a real session; looping in the server to get so many done.
const probes = `
create schema probe;
create function probe.look(p_period text, out batches bigint, out headers bigint, out lines bigint,
  out balance_lines bigint, out line_debit numeric, out balance_debit numeric, out trial_debit numeric,
  out newest timestamptz)
language sql stable begin atomic
  select b.n, h.n, l.n, a.n, l.debit, a.debit, t.debit, b.newest
    from (select count(*) as n, max(x.published_at) as newest from ledger.batch x where x.period = p_period) b,
         (select count(*) as n from ledger.journal_entry_header x
           where x.je_date >= (p_period || '-01')::date and x.je_date < (p_period || '-01')::date + interval '1 month') h,
         (select count(*) as n, coalesce(sum(x.debit), 0) as debit from ledger.journal_entry_line x
           where x.je_date >= (p_period || '-01')::date and x.je_date < (p_period || '-01')::date + interval '1 month') l,
         (select coalesce(sum(x.line_count), 0) as n, coalesce(sum(x.debit), 0) as debit
            from ledger.account_balance x where x.period = p_period) a,
         (select coalesce(sum(x.debit), 0) as debit from ledger.trial_balance x where x.period = p_period) t;
end;

create procedure probe.one_statement(p_period text, p_times integer, inout torn integer, inout crossed integer, inout seen bigint[])
language plpgsql as $$
declare
  v record;
  v_batches_before bigint;
  v_ended_at timestamptz;
begin
  for i in 1..p_times loop
    select * into v from probe.look(p_period);
    if (v.headers, v.lines, v.balance_lines, v.line_debit, v.balance_debit)
       is distinct from (v.batches * 9, v.batches * 27, v.batches * 27, v.balance_debit, v.trial_debit) then
      torn := torn + 1;
    end if;
    -- a batch that is new now, and was published before the statement before had ended
    if v.batches > v_batches_before and v.newest < v_ended_at then crossed := crossed + 1; end if;
    if v.batches <> all (seen) then seen := seen || v.batches; end if;
    v_batches_before := v.batches;
    v_ended_at := clock_timestamp();
    commit;
  end loop;
end $$;

create procedure probe.several_statements(p_period text, p_times integer, inout torn integer, inout crossed integer, inout seen bigint[])
language plpgsql as $$
declare
  v_from date := (p_period || '-01')::date;
  v_to date := (p_period || '-01')::date + interval '1 month';
  v_headers bigint;
  v_lines bigint;
  v_again bigint;
  v_balance bigint;
  v_trial bigint;
  v_batches bigint;
  v_batches_before bigint;
  v_newest timestamptz;
  v_ended_at timestamptz;
begin
  for i in 1..p_times loop
    commit;
    set transaction isolation level repeatable read;
    select count(*) into v_headers from ledger.journal_entry_header h where h.je_date >= v_from and h.je_date < v_to;
    perform pg_sleep(0.001);
    select count(*) into v_lines from ledger.journal_entry_line l where l.je_date >= v_from and l.je_date < v_to;
    select coalesce(sum(a.line_count), 0) into v_balance from ledger.account_balance a where a.period = p_period;
    select coalesce(sum(t.line_count), 0) into v_trial from ledger.trial_balance t where t.period = p_period;
    select count(*) into v_again from ledger.journal_entry_header h where h.je_date >= v_from and h.je_date < v_to;
    select count(*), max(b.published_at) into v_batches, v_newest from ledger.batch b where b.period = p_period;
    if (v_headers, v_lines, v_balance, v_trial, v_again)
       is distinct from (v_batches * 9, v_batches * 27, v_batches * 27, v_batches * 27, v_headers) then
      torn := torn + 1;
    end if;
    if v_batches > v_batches_before and v_newest < v_ended_at then crossed := crossed + 1; end if;
    if v_batches <> all (seen) then seen := seen || v_batches; end if;
    v_batches_before := v_batches;
    v_ended_at := clock_timestamp();
    if (select current_setting('transaction_isolation')) <> 'repeatable read' then raise 'not repeatable read'; end if;
  end loop;
  commit;
end $$;
grant usage on schema probe to public;
`;

interface Tally {
  transactions: number;
  torn: number;
  crossed: number;
}

describe('readers around commits', () => {
  const database = useDatabase();
  let current = months[0] ?? '';
  let committed = 0;
  const seen = new Map<string, Set<number>>();

  beforeAll(async () => {
    const owner = await database.session('owner');
    await owner.query(probes);
  });

  async function commitMany(): Promise<void> {
    const operator = await database.session('operator', 'committer');
    for (const period of months) {
      current = period;
      for (let batch = 1; batch <= batchesPerMonth; batch += 1) {
        await insertMonth(operator, { period, premiums: 2, claims: 1, seed: batch, prefix: `${period}/${batch}` });
        await closeMonth(operator, period, { workers: 1, supplement: batch > 1 });
        committed += 1;
      }
    }
  }

  async function read(reader: pg.Client, procedure: string, tally: Tally, times: number, isDone: () => boolean): Promise<void> {
    while (!isDone()) {
      const period = current;
      const { rows } = await reader.query<{ torn: number; crossed: number; seen: string[] }>(
        `call probe.${procedure}($1, $2, 0, 0, '{}')`, [period, times]);
      const [found] = rows;
      tally.transactions += times;
      tally.torn += found?.torn ?? 1;
      tally.crossed += found?.crossed ?? 0;
      const counts = seen.get(period) ?? new Set();
      for (const count of found?.seen ?? []) counts.add(Number(count));
      seen.set(period, counts);
    }
  }

  test('100,000 reader transactions see whole batches, in both isolation levels', { timeout: 900_000 }, async () => {
    const one: Tally = { transactions: 0, torn: 0, crossed: 0 };
    const several: Tally = { transactions: 0, torn: 0, crossed: 0 };
    let isCommitting = true;
    const isDone = (): boolean => !isCommitting && one.transactions + several.transactions >= transactionsWanted;
    const sessions = (login: 'viewer' | 'auditor') => Promise.all([1, 2, 3].map(() => database.session(login)));
    const [viewers, auditors] = [await sessions('viewer'), await sessions('auditor')];
    await Promise.all([
      commitMany().finally(() => { isCommitting = false; }),
      ...viewers.map((reader) => read(reader, 'one_statement', one, 200, isDone)),
      ...auditors.map((reader) => read(reader, 'several_statements', several, 100, isDone)),
    ]);
    console.error(`Readers: READ COMMITTED ${JSON.stringify(one)}, REPEATABLE READ ${JSON.stringify(several)}, ${committed} commits.`);

    expect(committed).toBe(months.length * batchesPerMonth);
    expect(one.transactions + several.transactions).toBeGreaterThanOrEqual(transactionsWanted);
    expect([one.torn, several.torn]).toEqual([0, 0]);
    // commits fell into reader transactions of both kinds, and both sides of commits were seen
    expect(several.crossed).toBeGreaterThan(20);
    expect(one.crossed).toBeGreaterThan(0);
    const bothSides = [...seen.values()].reduce((total, counts) =>
      total + [...counts].filter((count) => counts.has(count - 1)).length, 0);
    expect(bothSides).toBeGreaterThan(months.length * 2);
  });

  test('the probe itself tells a torn batch when there is one', async ({ skip }) => {
    const owner = await database.session('owner');
    skip(!(await mayTamper(owner)));
    await owner.query('begin');
    await owner.query('set local session_replication_role = replica');
    await owner.query(`delete from ledger_data.journal_entry_line where ctid = (
      select min(ctid) from ledger_data.journal_entry_line where je_date < '2001-02-01' and tableoid =
        (select tableoid from ledger_data.journal_entry_line where je_date < '2001-02-01' limit 1)) and je_date < '2001-02-01'`);
    await owner.query('commit');
    const { rows } = await owner.query<{ torn: number }>(`call probe.one_statement('2001-01', 3, 0, 0, '{}')`);
    expect(rows[0]?.torn).toBe(3);
    const again = await owner.query<{ torn: number }>(`call probe.several_statements('2001-01', 3, 0, 0, '{}')`);
    expect(again.rows[0]?.torn).toBe(3);
  });
});
