-- As far as the estimates of the ledger's last six batches were off, and no less than a tenth. A
-- first batch has nothing to go by: its band is wide.
create or replace function month_end.estimate_band(p_ledger_id integer)
returns table (low_factor numeric, high_factor numeric)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select least(0.9, coalesce(min(k.estimate_low_factor), 0.5)),
         greatest(1.1, coalesce(max(k.estimate_high_factor), 2.0))
    from (select x.estimate_low_factor, x.estimate_high_factor
            from month_end.batch_kpi x
            join month_end.staging_month_end_master m on m.batch_no = x.batch_no
           where m.ledger_id = p_ledger_id and x.estimate_low_factor is not null
           order by x.batch_no desc limit 6) k;
end
$$;

comment on function month_end.estimate_band(integer) is
  'By what the remaining time of a batch may be multiplied, at best and at worst.';
revoke all on function month_end.estimate_band(integer) from public;
grant execute on function month_end.estimate_band(integer) to monthend_viewer;
