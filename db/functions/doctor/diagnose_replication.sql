-- Slots that keep WAL, standbys that are behind, a commit that would wait for nobody.
create or replace function month_end.diagnose_replication()
returns table (severity text, subject text, finding text, query text, fix text)
language sql
stable
security invoker
set search_path = pg_catalog, pg_temp
as $$
  with here as (
    select case when pg_is_in_recovery() then pg_last_wal_replay_lsn()
                else pg_current_wal_lsn() end as lsn)
  select case when s.wal_status in ('unreserved', 'lost') then 'error' else 'warning' end,
         'replication slot',
         format('%s is not in use and keeps %s of WAL (%s)', s.slot_name,
                coalesce(pg_size_pretty(pg_wal_lsn_diff(h.lsn, s.restart_lsn)), 'nothing'),
                coalesce(s.wal_status, 'none reserved')),
         'select slot_name, active, wal_status, restart_lsn from pg_replication_slots',
         format('Start its reader, or: select pg_drop_replication_slot(%L)', s.slot_name)
    from pg_replication_slots s cross join here h
   where not s.active
  union all
  select 'warning', 'standby',
         format('%s is %s behind', coalesce(nullif(r.application_name, ''), 'pid ' || r.pid),
                case when r.replay_lag > interval '1 minute' then r.replay_lag::text
                     else pg_size_pretty(pg_wal_lsn_diff(h.lsn, r.replay_lsn)) end),
         'select application_name, state, replay_lag, replay_lsn from pg_stat_replication',
         'See what holds it up: a close writes about 1.8 kB of WAL a transaction'
    from pg_stat_replication r cross join here h
   where r.replay_lag > interval '1 minute'
      or pg_wal_lsn_diff(h.lsn, r.replay_lsn) > 1073741824
  union all
  select 'error', 'synchronous standby',
         format('commits wait for %s, and none is connected',
                current_setting('synchronous_standby_names')),
         'select application_name, sync_state from pg_stat_replication',
         'Start the standby, or: alter system reset synchronous_standby_names;'
         ' select pg_reload_conf()'
   where current_setting('synchronous_standby_names') <> ''
     and not exists (select from pg_stat_replication r where r.sync_state in ('sync', 'quorum'))
$$;

comment on function month_end.diagnose_replication() is
  'Findings about replication slots and standbys.';
revoke all on function month_end.diagnose_replication() from public;
