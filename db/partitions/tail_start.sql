-- The first number behind the first batch's bulk leaves: where the period's tail leaf begins, for
-- good, whatever supplements come and go.
create or replace function month_end.tail_start(p_ledger_id integer, p_period text)
returns bigint
language sql
stable
security invoker
set search_path = pg_catalog, pg_temp
as $$
  select m.last_number + 1
    from month_end.staging_month_end_master m
   where m.ledger_id = p_ledger_id and m.period = p_period and not m.is_supplement
     and m.status in ('COMMITTED', 'COMPLETED')
$$;

comment on function month_end.tail_start(integer, text) is
  'First entry number of a closed period''s tail leaf.';
revoke all on function month_end.tail_start(integer, text) from public;
