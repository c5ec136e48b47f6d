-- What every close on this server rests on: version, durability, connections, locks, timeouts.
create or replace function month_end.diagnose_server()
returns table (severity text, subject text, finding text, query text, fix text)
language sql
stable
security invoker
set search_path = pg_catalog, pg_temp
as $$
  select case when pg_is_in_recovery()
                or current_setting('server_version_num')::integer not between 160000 and 189999
              then 'error' else 'ok' end, 'server',
         format('PostgreSQL %s%s', current_setting('server_version'),
                case when pg_is_in_recovery() then ', a standby' else '' end),
         'select version(), pg_is_in_recovery()',
         'PostgreSQL 16, 17 or 18, and the primary: no close runs on a standby'
  union all
  select case when s.setting = 'on' then 'ok' else 'error' end, s.name, s.setting,
         format('show %s', s.name),
         format('alter system set %s = on; select pg_reload_conf(): a crash could lose or tear what'
                ' is committed', s.name)
    from pg_settings s where s.name in ('fsync', 'full_page_writes')
  union all
  select case when s.setting = 'off' then 'warning' else 'ok' end, s.name, s.setting,
         'show synchronous_commit',
         'alter system set synchronous_commit = on; select pg_reload_conf(): a crash could lose the'
         ' last commits'
    from pg_settings s where s.name = 'synchronous_commit'
  union all
  select case when s.setting = 'on' then 'ok' else 'warning' end, 'checksums', s.setting,
         'show data_checksums',
         'stop the server, then: pg_checksums --enable; else a bad disk changes amounts unseen'
    from pg_settings s where s.name = 'data_checksums'
  union all
  select case when bool_and(s.setting = 'on') then 'ok' else 'warning' end, 'autovacuum',
         string_agg(format('%s %s', s.name, s.setting), ', ' order by s.name),
         'show autovacuum',
         'alter system set autovacuum = on; alter system set track_counts = on;'
         ' select pg_reload_conf()'
    from pg_settings s where s.name in ('autovacuum', 'track_counts')
  union all
  select case when c.free >= c.workers + 10 then 'ok' else 'warning' end, 'connections',
         format('%s free of %s, for %s workers and who watches them', c.free, c.most, c.workers),
         'select count(*) from pg_stat_activity where backend_type = ''client backend''',
         format('alter system set max_connections = %s; then restart the server',
                c.most - c.free + c.workers + 10)
    from (select m.most, m.most - m.reserved - (select count(*) from pg_stat_activity a
                                                 where a.backend_type = 'client backend') as free,
                 month_end.get_setting('workers')::integer as workers
            from (select current_setting('max_connections')::integer as most,
                         current_setting('superuser_reserved_connections')::integer
                         + current_setting('reserved_connections')::integer as reserved) m) c
  union all
  select case when l.room < 500 then 'error' when l.room < l.needed then 'warning' else 'ok' end,
         'lock table', format('room for %s locks; a report over all months takes %s', l.room,
                              l.needed),
         'select count(*) from pg_locks where not fastpath',
         'alter system set max_locks_per_transaction = 256; then restart the server'
    from (select current_setting('max_locks_per_transaction')::bigint
                 * (current_setting('max_connections')::bigint
                    + current_setting('max_prepared_transactions')::bigint)
                 - (select count(*) from pg_locks k where not k.fastpath) as room,
                 500 + (select count(*) from pg_class c
                         where c.relnamespace = 'ledger_data'::regnamespace) as needed) l
  union all
  select 'warning', t.name, format('%s for this login: it ends a close in the middle', t.setting),
         format('show %s', t.name), format('alter role %I set %s = 0', session_user, t.name)
    from pg_settings t
   where t.name in ('statement_timeout', 'transaction_timeout',
                    'idle_in_transaction_session_timeout') and t.setting <> '0'
$$;

comment on function month_end.diagnose_server() is
  'Findings about version, durability, connections, lock table and timeouts.';
revoke all on function month_end.diagnose_server() from public;
