-- Reads the stored lines of a range once, in the order of their key: balance of each entry,
-- balances by account, and control lines where account and number tell them. The entries come
-- sorted, the accounts are few and hashed, and both share the sum of debits less credits
-- (docs/decisions.md). Of the entries only those are kept that don't balance or, where the lines
-- may have several currencies (p_is_mixed), have more than one. Rules number the lines of an entry
-- from 1, and the key is unique: there are as many entries with lines as there are lines 1.
-- Writes worker_balance, worker_control.
drop function if exists month_end.add_up_lines(
  month_end.staging_month_end_master, integer, text, bigint, bigint);

create or replace function month_end.add_up_lines(
  p_batch month_end.staging_month_end_master, p_worker_id integer, p_line_table text,
  p_first_je_id bigint, p_end_je_id bigint, p_is_mixed boolean,
  out entries bigint, out unbalanced bigint, out first_unbalanced bigint)
returns record
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
set work_mem = '256MB'
set enable_seqscan = off
set enable_bitmapscan = off
set enable_sort = off
as $$
begin
  execute format($sql$
    with stored as materialized (
      select l.je_id, l.account_id, l.currency_id, l.line_no, l.is_debit, count(*) as lines,
             sum(case when l.is_debit then l.amount else -l.amount end) as amount
        from ledger_data.%I l
       where l.je_id >= $1 and l.je_id < $2 and l.batch_no = $3
       group by grouping sets ((l.je_id),
                               (l.account_id, l.currency_id, l.line_no, l.is_debit))
      having grouping(l.je_id) = 1 %s
          or sum(case when l.is_debit then l.amount else -l.amount end) <> 0),
    account as (
      select s.account_id, s.currency_id, s.line_no, sum(s.lines) as lines,
             coalesce(sum(s.amount) filter (where s.is_debit), 0) as debit,
             coalesce(-sum(s.amount) filter (where not s.is_debit), 0) as credit
        from stored s
       where s.je_id is null
       group by s.account_id, s.currency_id, s.line_no),
    balance as (
      insert into month_end.worker_balance as b
        (batch_no, worker_id, account_id, currency_id, debit, credit, line_count)
      select $3, $4, a.account_id, a.currency_id, sum(a.debit), sum(a.credit), sum(a.lines)
        from account a
       group by a.account_id, a.currency_id
      on conflict (batch_no, worker_id, account_id, currency_id) do update
        set debit = b.debit + excluded.debit, credit = b.credit + excluded.credit,
            line_count = b.line_count + excluded.line_count),
    control as (
      insert into month_end.worker_control as k
        (batch_no, worker_id, source, currency_id, posted_count, posted_amount)
      select $3, $4, c.source, a.currency_id, sum(a.lines),
             sum(case when c.is_debit then a.debit - a.credit else a.credit - a.debit end)
        from account a
        join month_end.control_places($5, $6) c using (account_id, line_no)
       group by c.source, a.currency_id
      on conflict (batch_no, worker_id, source, currency_id) do update
        set posted_count = k.posted_count + excluded.posted_count,
            posted_amount = k.posted_amount + excluded.posted_amount)
    select coalesce((select sum(a.lines) from account a where a.line_no = 1), 0),
           count(s.je_id), min(s.je_id)
      from stored s
    $sql$, p_line_table,
    case when p_is_mixed then 'or min(l.currency_id) <> max(l.currency_id)' end)
    into entries, unbalanced, first_unbalanced
    using p_first_je_id, p_end_je_id, p_batch.batch_no, p_worker_id, p_batch.ledger_id,
          p_batch.period;
end
$$;

comment on function month_end.add_up_lines(
  month_end.staging_month_end_master, integer, text, bigint, bigint, boolean) is
  'Adds up the stored lines of a range by entry, by account, and its control lines by source.';
revoke all on function month_end.add_up_lines(
  month_end.staging_month_end_master, integer, text, bigint, bigint, boolean) from public;
