-- What a batch changes for its time and nobody has put back.
create or replace function month_end.diagnose_window()
returns table (severity text, subject text, finding text, query text, fix text)
language sql
stable
security invoker
set search_path = pg_catalog, pg_temp
as $$
  select 'warning', 'autovacuum', format('off for %s, which no batch is loading', c.oid::regclass),
         'select oid::regclass, reloptions from pg_class where reloptions is not null',
         format('alter table %s reset (autovacuum_enabled)', c.oid::regclass)
    from pg_class c
   where c.relnamespace in ('books'::regnamespace, 'subledger'::regnamespace,
                            'month_end'::regnamespace, 'ledger_data'::regnamespace)
     and c.reloptions && array['autovacuum_enabled=false', 'autovacuum_enabled=off']
     and not exists (select from month_end.staging_month_end_master m
                       left join month_end.leaf l using (batch_no)
                      where m.status in ('PROCESSING', 'PROCESSED')
                        and c.relname in ('scope_' || m.batch_no, l.header_table, l.line_table))
  union all
  select 'warning', 'window settings', format('%s raised since %s, and nobody works',
           string_agg(w.name, ', ' order by w.name), min(date_trunc('second', w.raised_at))),
         'select * from month_end.window_setting',
         'select month_end.restore_window_settings() \gexec'
    from month_end.window_setting w
   where w.raised_at is not null
     and not exists (select from pg_locks k
                      where k.locktype = 'advisory' and k.granted and k.objsubid = 1
                        and k.classid::bigint << 32 | k.objid::bigint
                            = month_end.window_lock_key())
  having count(*) > 0
  union all
  select 'warning', 'window settings',
         format('%s may not raise %s', session_user, string_agg(w.name, ', ' order by w.name)),
         'select * from month_end.window_setting',
         format('grant alter system on parameter %s to monthend_operator;'
                ' grant execute on function pg_reload_conf() to monthend_operator',
                string_agg(w.name, ', ' order by w.name))
    from month_end.window_setting w
   where month_end.get_setting('window_settings') = 'on'
     and not (has_parameter_privilege(session_user, w.name, 'alter system')
              and has_function_privilege(session_user, 'pg_reload_conf()', 'execute'))
  having count(*) > 0
$$;

comment on function month_end.diagnose_window() is
  'Findings about settings of the server and of tables that a batch''s end should have put back.';
revoke all on function month_end.diagnose_window() from public;
