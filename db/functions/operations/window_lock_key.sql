-- Held shared by sessions that need the window open, alone by the one that closes it.
create or replace function month_end.window_lock_key()
returns bigint
language sql
immutable
security invoker
set search_path = pg_catalog, pg_temp
as $$
  select hashtextextended('month_end.window_setting', 0)
$$;

comment on function month_end.window_lock_key() is 'Advisory lock of the window''s settings.';
revoke all on function month_end.window_lock_key() from public;
