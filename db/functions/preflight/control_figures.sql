-- What store_control sets against each other, by source, currency and day: the raw rows of the
-- period, what this batch posts (number_run), and what earlier batches of the period have posted or
-- set aside (these not by day). NaN and infinite amounts count as rows and as 0. An array of
-- objects, as it is read twice. By EXECUTE, because a SELECT INTO is not read in parallel.
drop function if exists month_end.control_figures(month_end.staging_month_end_master);

create or replace function month_end.control_figures(
  p_batch month_end.staging_month_end_master, p_period books.period)
returns jsonb
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
declare
  v_figures jsonb;
begin
  execute $sql$
    select jsonb_agg(x) from (
      select 'source' as kind, t.source, coalesce(t.currency, '') as currency,
             t.transaction_date as day, count(*) as n, 0 as entries,
             coalesce(sum(t.amount) filter (
               where t.amount > '-Infinity' and t.amount < 'Infinity'), 0) as amount
        from subledger.transaction t
       where t.ledger_id = $2 and t.transaction_date >= $4 and t.transaction_date < $5
       group by t.source, coalesce(t.currency, ''), t.transaction_date
      union all
      select 'posted', s.source, u.code, s.transaction_date, sum(s.transaction_count),
             sum(s.transaction_count * r.entry_count), sum(s.amount)
        from month_end.number_run s
        join books.currency u using (currency_id)
        join books.rule_set r using (rule_set_id)
       where s.batch_no = $1
       group by s.source, u.code, s.transaction_date
      union all
      select 'earlier', c.source, c.currency, null, c.posted_count + c.set_aside_count,
             0, c.posted_amount
        from month_end.batch_control c
        join month_end.staging_month_end_master m using (batch_no)
       where m.ledger_id = $2 and m.period = $3 and m.status in ('COMMITTED', 'COMPLETED')) x
    $sql$ into v_figures
    using p_batch.batch_no, p_batch.ledger_id, p_batch.period, p_period.first_day,
          p_period.next_first_day;
  return coalesce(v_figures, '[]');
end
$$;

comment on function month_end.control_figures(
  month_end.staging_month_end_master, books.period) is
  'Count and amount of source, posted and earlier, by source, currency and day.';
revoke all on function month_end.control_figures(
  month_end.staging_month_end_master, books.period) from public;
