-- ALTER SYSTEM runs in no function: this returns the statements, and the caller runs them, one by
-- one; in psql: \gexec. What was before is kept first, so that it is known whatever happens next.
-- No rows: not asked for, not allowed to this login, high enough, or raised already. The session
-- holds the lock from here on. Writes window_setting.
create or replace function month_end.open_window_settings()
returns setof text
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if month_end.get_setting('window_settings') <> 'on'
     or not has_function_privilege(session_user, 'pg_reload_conf()', 'execute') then
    return;
  end if;
  if not pg_try_advisory_lock_shared(month_end.window_lock_key())
     or exists (select from month_end.window_setting w where w.raised_at is not null) then
    return;
  end if;
  update month_end.window_setting w
     set raised_at = clock_timestamp(), raised_by = session_user,
         value_before = case when coalesce(s.sourcefile, 'postgresql.auto.conf')
                                  like '%postgresql.auto.conf' and s.source <> 'default'
                             then current_setting(w.name) end
    from pg_settings s
   where s.name = w.name and has_parameter_privilege(session_user, w.name, 'alter system')
     and month_end.setting_amount(current_setting(w.name))
         < month_end.setting_amount(w.window_value);
  return query
    select format('alter system set %I = %L', w.name, w.window_value)
      from month_end.window_setting w where w.raised_at is not null
    union all
    select 'select pg_reload_conf()'
     where exists (select from month_end.window_setting w where w.raised_at is not null);
end
$$;

comment on function month_end.open_window_settings() is
  'Statements that raise the window''s server settings; what was before is kept.';
revoke all on function month_end.open_window_settings() from public;
grant execute on function month_end.open_window_settings() to monthend_operator;
