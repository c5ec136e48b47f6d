-- A result row for each rule over single rows (transaction_check has their SQL): how many break it
-- first, and their amounts. From what was kept aside, not from the source again; a row that is due
-- and neither fit nor aside was left out as posted before. A WARN each, as the tolerance decides
-- whether rejects stop the batch, and SOURCE_ACCOUNTED_FOR on the rest. NaN counts as 0.
create or replace function month_end.check_rows(p_batch month_end.staging_month_end_master)
returns void
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
begin
  perform month_end.record_result(p_batch.batch_no, 'PREFLIGHT', r.rule, f.rows is null, '0 rows',
            left(coalesce(f.rows || ' rows, ' || f.amounts, '0 rows'), 1000), r.detail, 'WARN')
    from (values ('AMOUNT_MISSING', 'rejected: no amount'),
                 ('AMOUNT_NOT_A_NUMBER', 'rejected: NaN or infinite'),
                 ('AMOUNT_OUT_OF_RANGE', 'rejected: 10^15 or more'),
                 ('CURRENCY_UNKNOWN', 'rejected: currency missing or not known'),
                 ('AMOUNT_TOO_FINE', 'rejected: finer than the minor unit of its currency'),
                 ('PRODUCT_UNKNOWN', 'rejected: product missing, not known or not active'),
                 ('COST_CENTER_UNKNOWN', 'rejected: cost centre missing, not known or not active'),
                 ('RULE_SET_MISSING', 'rejected: no rule set for its date'),
                 ('ZERO_AMOUNT', 'set aside: nothing to post'),
                 ('NOT_POSTED_BEFORE', 'left out: a batch of another period has them')
         ) r(rule, detail)
    left join (
      select x.rule, sum(x.n) as rows,
             string_agg(concat_ws(' ', x.amount, x.currency), ', ' order by x.currency) as amounts
        from (select t.rule, t.currency, count(*) as n,
                     coalesce(sum(t.amount) filter (
                       where t.amount not in ('NaN', 'Infinity', '-Infinity')), 0) as amount
                from subledger.rejected_transaction t
               where t.batch_no = p_batch.batch_no
               group by t.rule, t.currency
              union all
              select 'ZERO_AMOUNT', a.currency, count(*), 0
                from subledger.set_aside_transaction a
               where a.batch_no = p_batch.batch_no
               group by a.currency
              union all
              select 'NOT_POSTED_BEFORE', c.currency,
                     c.source_count - c.posted_count - c.rejected_count - c.set_aside_count,
                     c.source_amount - c.posted_amount - c.rejected_amount
                from month_end.batch_control c
               where c.batch_no = p_batch.batch_no
                 and c.source_count > c.posted_count + c.rejected_count + c.set_aside_count) x
       group by x.rule) f on f.rule = r.rule;
end
$$;

comment on function month_end.check_rows(month_end.staging_month_end_master) is
  'Pre-flight rules over single source rows; one result row each, with count and amounts.';
revoke all on function month_end.check_rows(month_end.staging_month_end_master) from public;
