-- The statements that put the server's settings back, for the caller to run, one by one; in psql:
--   select month_end.restore_window_settings() \gexec
-- No rows: nothing is raised, or a session that lives needs it. The last statement forgets what was
-- before; until then all of it can be done again.
create or replace function month_end.restore_window_settings()
returns setof text
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform from month_end.window_setting w where w.raised_at is not null;
  if not found or not pg_try_advisory_lock(month_end.window_lock_key()) then
    return;
  end if;
  return query
    select case when w.value_before is null then format('alter system reset %I', w.name)
                else format('alter system set %I = %L', w.name, w.value_before) end
      from month_end.window_setting w where w.raised_at is not null;
  return next 'select pg_reload_conf()';
  return next 'select month_end.forget_window_settings()';
end
$$;

comment on function month_end.restore_window_settings() is
  'Statements that put the server''s settings back as they were before the window.';
revoke all on function month_end.restore_window_settings() from public;
grant execute on function month_end.restore_window_settings() to monthend_operator;
