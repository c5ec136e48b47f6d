-- The control figures of the batch by source and currency (p_figures: control_figures). The source
-- side is counted from the raw rows of the period, less what earlier batches of it have posted or
-- set aside: it doesn't pass through the classification, so that the two can be held against each
-- other.
-- Writes batch_control and the batch's counts.
drop function if exists month_end.store_control(month_end.staging_month_end_master);

create or replace function month_end.store_control(
  p_batch month_end.staging_month_end_master, p_figures jsonb)
returns void
language sql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
  insert into month_end.batch_control
    (batch_no, source, currency, source_count, source_amount, posted_count, posted_amount,
     rejected_count, rejected_amount, set_aside_count, entry_count)
  select p_batch.batch_no, x.source, x.currency,
         sum(x.n) filter (where x.kind = 'source')
           - coalesce(sum(x.n) filter (where x.kind = 'earlier'), 0),
         sum(x.amount) filter (where x.kind = 'source')
           - coalesce(sum(x.amount) filter (where x.kind = 'earlier'), 0),
         coalesce(sum(x.n) filter (where x.kind = 'posted'), 0),
         coalesce(sum(x.amount) filter (where x.kind = 'posted'), 0),
         coalesce(sum(x.n) filter (where x.kind = 'rejected'), 0),
         coalesce(sum(x.amount) filter (where x.kind = 'rejected'), 0),
         coalesce(sum(x.n) filter (where x.kind = 'set_aside'), 0), coalesce(sum(x.entries), 0)
    from (
      select * from jsonb_to_recordset(p_figures)
               f(kind text, source smallint, currency text, n bigint, entries bigint,
                 amount numeric)
      union all
      select 'rejected', r.source, coalesce(r.currency, ''), count(*), 0,
             coalesce(sum(r.amount) filter (
               where r.amount not in ('NaN', 'Infinity', '-Infinity')), 0)
        from subledger.rejected_transaction r
       where r.batch_no = p_batch.batch_no
       group by r.source, coalesce(r.currency, '')
      union all
      select 'set_aside', a.source, a.currency, count(*), 0, 0
        from subledger.set_aside_transaction a
       where a.batch_no = p_batch.batch_no
       group by a.source, a.currency) x
   group by x.source, x.currency;

  update month_end.staging_month_end_master m
     set (scope_count, source_premium_count, source_claims_count, rejected_count, set_aside_count) =
         (select coalesce(sum(c.posted_count), 0),
                 coalesce(sum(c.source_count) filter (where c.source = 1), 0),
                 coalesce(sum(c.source_count) filter (where c.source = 2), 0),
                 coalesce(sum(c.rejected_count), 0), coalesce(sum(c.set_aside_count), 0)
            from month_end.batch_control c where c.batch_no = m.batch_no)
   where m.batch_no = p_batch.batch_no
$$;

comment on function month_end.store_control(month_end.staging_month_end_master, jsonb) is
  'Stores count and amount of source, posted, rejected and set aside by source and currency.';
revoke all on function month_end.store_control(month_end.staging_month_end_master, jsonb)
  from public;
