-- Balances of the lines of a range, and its control lines where account and number tell them: one
-- scan for both. Writes worker_balance, worker_control.
create or replace function month_end.add_up_lines(
  p_batch month_end.staging_month_end_master, p_worker_id integer, p_line_table text,
  p_first_je_id bigint, p_end_je_id bigint)
returns void
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
set work_mem = '256MB'
as $$
begin
  execute format($sql$
    with stored as materialized (
      select l.account_id, l.currency_id, l.line_no, count(*) as lines,
             coalesce(sum(l.amount) filter (where l.is_debit), 0) as debit,
             coalesce(sum(l.amount) filter (where not l.is_debit), 0) as credit
        from ledger_data.%I l
       where l.je_id >= $1 and l.je_id < $2 and l.batch_no = $3
       group by l.account_id, l.currency_id, l.line_no),
    balance as (
      insert into month_end.worker_balance as b
        (batch_no, worker_id, account_id, currency_id, debit, credit, line_count)
      select $3, $4, s.account_id, s.currency_id, sum(s.debit), sum(s.credit), sum(s.lines)
        from stored s
       group by s.account_id, s.currency_id
      on conflict (batch_no, worker_id, account_id, currency_id) do update
        set debit = b.debit + excluded.debit, credit = b.credit + excluded.credit,
            line_count = b.line_count + excluded.line_count)
    insert into month_end.worker_control as k
      (batch_no, worker_id, source, currency_id, posted_count, posted_amount)
    select $3, $4, c.source, s.currency_id, sum(s.lines),
           sum(case when c.is_debit then s.debit - s.credit else s.credit - s.debit end)
      from stored s
      join month_end.control_places($5, $6) c using (account_id, line_no)
     group by c.source, s.currency_id
    on conflict (batch_no, worker_id, source, currency_id) do update
      set posted_count = k.posted_count + excluded.posted_count,
          posted_amount = k.posted_amount + excluded.posted_amount
    $sql$, p_line_table)
    using p_first_je_id, p_end_je_id, p_batch.batch_no, p_worker_id, p_batch.ledger_id,
          p_batch.period;
end
$$;

comment on function month_end.add_up_lines(
  month_end.staging_month_end_master, integer, text, bigint, bigint) is
  'Adds up the stored lines of a range by account, and its control lines by source.';
revoke all on function month_end.add_up_lines(
  month_end.staging_month_end_master, integer, text, bigint, bigint) from public;
