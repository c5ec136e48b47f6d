-- The window's settings that a session can have for itself; they go with the session. The functions
-- of the close bring work_mem along; what they need otherwise is in their SET clauses.
create or replace function month_end.set_session_settings()
returns void
language sql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
  select set_config(s.name, least(w.value, s.max_val::integer)::text, false)
    from (values ('work_mem', 262144), ('temp_buffers', 16384),
                 ('effective_io_concurrency', 200)) w(name, value)
    join pg_settings s on s.name = w.name
$$;

comment on function month_end.set_session_settings() is
  'Sets work_mem 256 MB, temp_buffers 128 MB and effective_io_concurrency 200 for this session.';
revoke all on function month_end.set_session_settings() from public;
grant execute on function month_end.set_session_settings() to monthend_operator;
