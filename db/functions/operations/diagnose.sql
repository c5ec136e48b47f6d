-- What an operator wants to know before a close: server, installation, login, room, batches that
-- nobody works on. One row a finding, each with what to do; severity ok, note, warning or error.
create or replace function month_end.diagnose()
returns table (severity text, subject text, finding text, fix text)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select case when current_setting('server_version_num')::integer between 160000 and 189999
              then 'ok' else 'error' end, 'server',
         'PostgreSQL ' || current_setting('server_version'),
         'PostgreSQL 16, 17 and 18 are supported'
  union all
  select case when r.rolsuper then 'warning' else 'ok' end, 'login',
         format('%s is %s superuser', session_user, case when r.rolsuper then 'a' else 'no' end),
         'Let the service log in as a member of monthend_operator that is no superuser: '
         'a superuser can change what is posted'
    from pg_roles r where r.rolname = session_user
  union all
  select case when s.setting::bigint * c.setting::bigint >= 10000 then 'ok' else 'warning' end,
         'lock table',
         format('max_locks_per_transaction %s, max_connections %s', s.setting, c.setting),
         'Set max_locks_per_transaction to 256 and restart the server'
    from pg_settings s, pg_settings c
   where s.name = 'max_locks_per_transaction' and c.name = 'max_connections'
  union all
  select case when v.bytes >= 4294967296 then 'ok' else 'note' end, 'max_wal_size',
         pg_size_pretty(v.bytes), 'Set max_wal_size to 10GB: fewer checkpoints during a close'
    from (select setting::bigint * 1048576 as bytes from pg_settings where name = 'max_wal_size') v
  union all
  select case when s.setting = 'on' then 'ok' else 'error' end, s.name, s.setting,
         format('Set %s to on: a crash could lose or tear what is committed', s.name)
    from pg_settings s where s.name in ('fsync', 'full_page_writes')
  union all
  select case when s.setting = 'off' then 'warning' else 'ok' end, s.name, s.setting,
         'Set synchronous_commit to on: a crash could lose the last commits'
    from pg_settings s where s.name = 'synchronous_commit'
  union all
  select case when count(i.indexrelid) = 0 then 'ok' else 'error' end, 'indexes',
         coalesce('invalid: ' || string_agg(i.indexrelid::regclass::text, ', '), 'all valid'),
         'reindex index NAME'
    from pg_index i
    join pg_class c on c.oid = i.indrelid
    join pg_namespace n on n.oid = c.relnamespace
   where not i.indisvalid and c.relkind = 'r'
     and n.nspname in ('books', 'subledger', 'month_end', 'ledger_data')
  union all
  select case when exists (select from pg_stat_activity a
                            where a.application_name like 'monthend % ' || m.batch_id)
              then 'note' else 'warning' end, 'batch',
         format('%s is %s since %s', m.batch_id, m.status, date_trunc('second', m.opened_at)),
         format('./monthend resume %s, or: ./monthend cancel %1$s', m.batch_id)
    from month_end.staging_month_end_master m
   where m.status not in ('COMPLETED', 'FAILED', 'CANCELLED')
  union all
  select 'warning', 'schedule',
         format('the run of %s of ledger %s was %s: %s', r.period, r.ledger_id, lower(r.status),
                r.reason),
         format('./monthend close %s --ledger %s', r.period, r.ledger_id)
    from month_end.scheduled_run r
   where r.status in ('MISSED', 'REFUSED')
     and not exists (select from books.period p
                      where p.ledger_id = r.ledger_id and p.period = r.period
                        and p.state in ('CLOSED', 'LOCKED'))
  union all
  select 'warning', 'prepared transaction', format('%s since %s', x.gid, x.prepared),
         format('commit prepared %L, or: rollback prepared %1$L', x.gid)
    from pg_prepared_xacts x where x.database = current_database()
$$;

comment on function month_end.diagnose() is
  'Findings about server, login, settings, indexes and unfinished batches, each with its fix.';
revoke all on function month_end.diagnose() from public;
grant execute on function month_end.diagnose() to monthend_viewer;
