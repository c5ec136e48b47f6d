-- Who this session is, as an operator would look for it: the key, token or login that acts, the
-- application, host and process.
create or replace function month_end.session_name()
returns text
language sql
stable
security invoker
set search_path = pg_catalog, pg_temp
as $$
  select format('%s (%s) at %s, pid %s', month_end.actor(),
                coalesce(nullif(current_setting('application_name'), ''), 'no application name'),
                coalesce(host(inet_client_addr()), 'local socket'), pg_backend_pid())
$$;

comment on function month_end.session_name() is
  'Who acts, be it a key or a login; application, host and pid of the session.';
revoke all on function month_end.session_name() from public;
grant execute on function month_end.session_name() to monthend_viewer;
