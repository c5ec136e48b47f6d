-- After restore_window_settings, in the same session: M1002 where that does not hold the window.
create or replace function month_end.forget_window_settings()
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if not pg_advisory_unlock(month_end.window_lock_key()) then
    perform month_end.raise_error('M1002', 'the window''s settings were not put back by this'
      ' session', 'select month_end.restore_window_settings() \gexec');
  end if;
  update month_end.window_setting
     set raised_at = null, raised_by = null, value_before = null
   where raised_at is not null;
end
$$;

comment on function month_end.forget_window_settings() is
  'Notes that the server''s settings are as they were.';
revoke all on function month_end.forget_window_settings() from public;
grant execute on function month_end.forget_window_settings() to monthend_operator;
