-- Who is connected, as whom, through what, for how long.
create or replace function month_end.diagnose_sessions(p_facts jsonb)
returns table (severity text, subject text, finding text, query text, fix text)
language sql
stable
security invoker
set search_path = pg_catalog, pg_temp
as $$
  select case when r.rolsuper then 'warning' else 'ok' end, 'login',
         format('%s is %s superuser', session_user, case when r.rolsuper then 'a' else 'no' end),
         'select rolsuper from pg_roles where rolname = session_user',
         'create role monthend login in role monthend_operator, and let the service log in as that:'
         ' a superuser can change what is posted'
    from pg_roles r where r.rolname = session_user
  union all
  select coalesce((array_agg(p.severity order by array_position(
                     array['error', 'warning'], p.severity)) filter (where not p.is_held))[1],
                  'ok'), 'privileges',
         coalesce('missing: ' || string_agg(p.what, '; ') filter (where not p.is_held),
                  'all that a close and the API need'),
         'select pg_has_role(session_user, r.rolname, ''member''), r.rolname from pg_roles r'
         ' where r.rolname in (''monthend_operator'', ''monthend_service'')',
         coalesce(string_agg(p.fix, '; ') filter (where not p.is_held), '')
    from (values
      ('error', pg_has_role(session_user, 'monthend_operator', 'member'),
       'membership of monthend_operator', format('grant monthend_operator to %I', session_user)),
      ('warning', pg_has_role(session_user, 'monthend_service', 'member'),
       'membership of monthend_service, without which the API is not ready: it could not say whose'
       ' requests the audit log is to keep', format('grant monthend_service to %I', session_user)),
      ('error', has_database_privilege('monthend_owner', current_database(), 'temporary'),
       'temporary tables for imports',
       format('grant temporary on database %I to monthend_owner', current_database())),
      ('error', has_schema_privilege('monthend_operator', 'pgboss', 'create')
                and has_schema_privilege('monthend_operator', 'pgboss', 'usage'),
       'the schema of the job system', 'grant all on schema pgboss to monthend_operator'),
      ('note', pg_has_role('monthend_owner', 'pg_read_all_stats', 'usage'),
       'statistics of other sessions', 'grant pg_read_all_stats to monthend_owner'))
      p(severity, is_held, what, fix)
  union all
  select case when p_facts ->> 'pooler' = 'session' then 'warning' else 'error' end, 'pooler',
         format('between this login and the server, in %s mode', p_facts ->> 'pooler'),
         'select pg_backend_pid()   -- is not the process that the connection was told',
         'Connect to the server itself: leases of workers are locks of the session'
   where p_facts ->> 'pooler' <> 'none'
  union all
  select case when abs(c.ms) > 60000 then 'warning' else 'note' end, 'clock',
         format('the control plane is %s s %s the database', round(abs(c.ms) / 1000.0, 1),
                case when c.ms > 0 then 'ahead of' else 'behind' end),
         'select clock_timestamp()', 'chronyc makestep on the host whose clock is wrong'
    from (select (p_facts ->> 'clock_ahead_ms')::numeric as ms) c where abs(c.ms) > 2000
  union all
  select 'warning', 'long transaction',
         format('pid %s (%s) has a snapshot of %s transactions ago%s', a.pid,
                coalesce(nullif(a.application_name, ''), a.usename, a.backend_type),
                age(coalesce(a.backend_xmin, a.backend_xid)),
                ', since ' || to_char(a.xact_start, 'YYYY-MM-DD HH24:MI:SS')),
         'select pid, state, xact_start, query from pg_stat_activity order by xact_start',
         format('select pg_terminate_backend(%s), if nobody needs it: nothing that it could still'
                ' see is vacuumed', a.pid)
    from pg_stat_activity a
   where a.pid <> pg_backend_pid() and a.backend_type = 'client backend'
     and a.xact_start < clock_timestamp()
         - make_interval(mins => month_end.get_setting('long_transaction_minutes')::integer)
     and a.application_name not like 'monthend %'
  union all
  select 'warning', 'prepared transaction', format('%s since %s', x.gid, x.prepared),
         'select * from pg_prepared_xacts',
         format('commit prepared %L, or: rollback prepared %1$L', x.gid)
    from pg_prepared_xacts x where x.database = current_database()
$$;

comment on function month_end.diagnose_sessions(jsonb) is
  'Findings about login, privileges, pooler, clock, long and prepared transactions.';
revoke all on function month_end.diagnose_sessions(jsonb) from public;
