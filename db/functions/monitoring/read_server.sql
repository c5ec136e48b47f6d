-- Counters as they are: who wants a rate takes the difference of two. As the owner, who may read
-- all statistics where the installing login could grant that; otherwise what concerns other logins'
-- sessions is missing. PostgreSQL 17 has moved the checkpoints to a view of their own.
create or replace function month_end.read_server()
returns jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_checkpoints jsonb;
  v_sees_all boolean := pg_has_role('pg_read_all_stats', 'usage');
begin
  execute format('select to_jsonb(c) from pg_catalog.%I c',
    case when current_setting('server_version_num')::integer >= 170000
         then 'pg_stat_checkpointer' else 'pg_stat_bgwriter' end) into v_checkpoints;
  return (
    select jsonb_build_object(
      'connections', (select sum(d.numbackends) from pg_stat_database d),
      'max_connections', current_setting('max_connections')::integer,
      'blocks_hit', s.blks_hit, 'blocks_read', s.blks_read,
      'wal_bytes', pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0'),
      'checkpoints_timed', coalesce(v_checkpoints -> 'num_timed',
                                    v_checkpoints -> 'checkpoints_timed'),
      'checkpoints_requested', coalesce(v_checkpoints -> 'num_requested',
                                        v_checkpoints -> 'checkpoints_req'),
      'prepared_transactions', (select count(*) from pg_prepared_xacts x
                                 where x.database = current_database()))
      || case when v_sees_all then jsonb_build_object(
        'active', a.active, 'query_ms', a.query_ms, 'longest_query_ms', a.longest_query_ms,
        'oldest_snapshot_seconds', a.oldest_snapshot_seconds, 'waits', coalesce(w.waits, '{}'))
        else '{}' end
      from pg_stat_database s
     cross join (
        select count(*) filter (where t.state = 'active') as active,
               round(1000 * avg(extract(epoch from clock_timestamp() - t.started_at))
                 filter (where t.state = 'active')) as query_ms,
               round(1000 * max(extract(epoch from clock_timestamp() - t.started_at))
                 filter (where t.state = 'active')) as longest_query_ms,
               round(max(extract(epoch from clock_timestamp() - t.xact_start))
                 filter (where t.backend_xmin is not null)) as oldest_snapshot_seconds
          -- a CALL that commits goes on for long; what it executes began with its transaction
          from (select *, greatest(x.query_start, x.xact_start) as started_at
                  from pg_stat_activity x) t
         where t.datname = current_database() and t.backend_type = 'client backend'
           and t.pid <> pg_backend_pid()) a
     cross join (
        select jsonb_object_agg(t.name, t.sessions) as waits
          from (select t.wait_event_type || ': ' || t.wait_event as name, count(*) as sessions
                  from pg_stat_activity t
                 where t.datname = current_database() and t.state = 'active'
                   and t.wait_event is not null and t.pid <> pg_backend_pid()
                 group by 1) t) w
     where s.datname = current_database());
end
$$;

comment on function month_end.read_server() is
  'Counters of the server now: connections, blocks, WAL, checkpoints, statements, waits.';
revoke all on function month_end.read_server() from public;
grant execute on function month_end.read_server() to monthend_viewer;
