-- What store_control sets against each other, by source and currency: the raw rows of the period,
-- what earlier batches of it have posted or set aside, and what this batch posts, rejects and sets
-- aside. NaN and infinite amounts count as rows and as 0.
-- RETURN QUERY EXECUTE, because the SELECT of an INSERT is not read in parallel and this is.
create or replace function month_end.control_figures(p_batch month_end.staging_month_end_master)
returns table (kind text, source smallint, currency text, n bigint, amount numeric)
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
declare
  v_period books.period;
begin
  select * into strict v_period from books.period p
   where p.ledger_id = p_batch.ledger_id and p.period = p_batch.period;
  return query execute $sql$
    select 'source', t.source, coalesce(t.currency, ''), count(*),
           coalesce(sum(t.amount) filter (
             where t.amount > '-Infinity' and t.amount < 'Infinity'), 0)
      from subledger.transaction t
     where t.ledger_id = $2 and t.transaction_date >= $4 and t.transaction_date < $5
     group by t.source, coalesce(t.currency, '')
    union all
    select 'earlier', c.source, c.currency, c.posted_count + c.set_aside_count, c.posted_amount
      from month_end.batch_control c
      join month_end.staging_month_end_master m using (batch_no)
     where m.ledger_id = $2 and m.period = $3 and m.status in ('COMMITTED', 'COMPLETED')
    union all
    select 'posted', s.source, u.code, s.n, s.amount
      from (select s.source, s.currency_id, count(*) as n, sum(s.amount) as amount
              from month_end.scope s where s.batch_no = $1
             group by s.source, s.currency_id) s
      join books.currency u using (currency_id)
    union all
    select 'rejected', r.source, coalesce(r.currency, ''), count(*),
           coalesce(sum(r.amount) filter (
             where r.amount not in ('NaN', 'Infinity', '-Infinity')), 0)
      from subledger.rejected_transaction r
     where r.batch_no = $1
     group by r.source, coalesce(r.currency, '')
    union all
    select 'set_aside', a.source, a.currency, count(*), 0
      from subledger.set_aside_transaction a
     where a.batch_no = $1
     group by a.source, a.currency
    $sql$
    using p_batch.batch_no, p_batch.ledger_id, p_batch.period, v_period.first_day,
          v_period.next_first_day;
end
$$;

comment on function month_end.control_figures(month_end.staging_month_end_master) is
  'Count and amount of source, earlier, posted, rejected and set aside, by source and currency.';
revoke all on function month_end.control_figures(month_end.staging_month_end_master) from public;
