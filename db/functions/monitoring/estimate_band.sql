-- A first batch has nothing to go by: its band is wide.
create or replace function month_end.estimate_band(p_ledger_id integer)
returns table (low_factor numeric, high_factor numeric)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select 0.5, 2.0
$$;

comment on function month_end.estimate_band(integer) is
  'By what the remaining time of a batch may be multiplied, at best and at worst.';
revoke all on function month_end.estimate_band(integer) from public;
grant execute on function month_end.estimate_band(integer) to monthend_viewer;
