-- The loader asks before it replaces functions: a batch ends with the code it began with. The table
-- lock keeps a batch from being opened until the loader's transaction ends. Raises M1011.
create or replace function month_end.refuse_while_running()
returns void
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
declare
  v_running text;
begin
  lock table month_end.staging_month_end_master in share row exclusive mode;
  select string_agg(format('%s is %s', m.batch_id, m.status), ', ') into v_running
    from month_end.staging_month_end_master m
   where m.status not in ('COMPLETED', 'FAILED', 'CANCELLED');
  if v_running is not null then
    perform month_end.raise_error('M1011', v_running);
  end if;
end
$$;

comment on function month_end.refuse_while_running() is
  'Refuses to replace functions while a batch runs; M1011.';
revoke all on function month_end.refuse_while_running() from public;
