-- The control figures of the batch by source and currency. The source side is counted from the
-- raw rows of the period, less what earlier batches of it have posted or set aside: it doesn't
-- pass through the classification, so that the two can be held against each other.
-- NaN and infinite amounts count as rows and as 0. Writes batch_control and the batch's counts.
create or replace function month_end.store_control(p_batch month_end.staging_month_end_master)
returns void
language sql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
  insert into month_end.batch_control
    (batch_no, source, currency, source_count, source_amount, posted_count, posted_amount,
     rejected_count, rejected_amount, set_aside_count)
  select p_batch.batch_no, x.source, x.currency,
         sum(x.n) filter (where x.kind = 'source')
           - coalesce(sum(x.n) filter (where x.kind = 'earlier'), 0),
         sum(x.amount) filter (where x.kind = 'source')
           - coalesce(sum(x.amount) filter (where x.kind = 'earlier'), 0),
         coalesce(sum(x.n) filter (where x.kind = 'posted'), 0),
         coalesce(sum(x.amount) filter (where x.kind = 'posted'), 0),
         coalesce(sum(x.n) filter (where x.kind = 'rejected'), 0),
         coalesce(sum(x.amount) filter (where x.kind = 'rejected'), 0),
         coalesce(sum(x.n) filter (where x.kind = 'set_aside'), 0)
    from (
      select 'source' as kind, t.source, coalesce(t.currency, '') as currency, count(*) as n,
             coalesce(sum(t.amount) filter (
               where t.amount not in ('NaN', 'Infinity', '-Infinity')), 0) as amount
        from subledger.transaction t
        join books.period p on p.ledger_id = p_batch.ledger_id and p.period = p_batch.period
       where t.ledger_id = p_batch.ledger_id
         and t.transaction_date >= p.first_day and t.transaction_date < p.next_first_day
       group by t.source, coalesce(t.currency, '')
      union all
      select 'earlier', c.source, c.currency, c.posted_count + c.set_aside_count, c.posted_amount
        from month_end.batch_control c
        join month_end.staging_month_end_master m using (batch_no)
       where m.ledger_id = p_batch.ledger_id and m.period = p_batch.period
         and m.status in ('COMMITTED', 'COMPLETED')
      union all
      select 'posted', s.source, u.code, count(*), sum(s.amount)
        from month_end.scope s join books.currency u using (currency_id)
       where s.batch_no = p_batch.batch_no
       group by s.source, u.code
      union all
      select 'rejected', r.source, coalesce(r.currency, ''), count(*),
             coalesce(sum(r.amount) filter (
               where r.amount not in ('NaN', 'Infinity', '-Infinity')), 0)
        from subledger.rejected_transaction r
       where r.batch_no = p_batch.batch_no
       group by r.source, coalesce(r.currency, '')
      union all
      select 'set_aside', a.source, a.currency, count(*), 0
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

comment on function month_end.store_control(month_end.staging_month_end_master) is
  'Stores count and amount of source, posted, rejected and set aside by source and currency.';
revoke all on function month_end.store_control(month_end.staging_month_end_master) from public;
