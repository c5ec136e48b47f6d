-- Asked before and after the period row is locked: phases 2 and 7 hold that row, and who comes then
-- is to be told who has the period, not that a lock couldn't be had in time.
-- Raises M1001 with the batch and who opened it when.
create or replace function month_end.refuse_held_period(p_ledger_id integer, p_period text)
returns void
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
declare
  v_held month_end.staging_month_end_master;
begin
  select * into v_held from month_end.staging_month_end_master m
   where m.ledger_id = p_ledger_id and m.period = p_period
     and m.status not in ('COMPLETED', 'FAILED', 'CANCELLED');
  if v_held.batch_no is not null then
    perform month_end.raise_error('M1001', format('%s is %s, opened by %s since %s',
      v_held.batch_id, v_held.status, v_held.opened_from,
      to_char(v_held.opened_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') || ' UTC'),
      null, v_held.batch_id, p_ledger_id);
  end if;
end
$$;

comment on function month_end.refuse_held_period(integer, text) is
  'Refuses a period that an unfinished batch holds; M1001.';
revoke all on function month_end.refuse_held_period(integer, text) from public;
