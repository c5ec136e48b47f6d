-- The last sample of a batch; rates against the one four seconds before it or longer, the
-- cache since the batch's first.
create or replace view month_end.batch_server as
  select m.batch_no, b.sampled_at, (b.server ->> 'connections')::integer as connections,
         (b.server ->> 'max_connections')::integer as max_connections,
         round(100 * (b.server ->> 'connections')::numeric
                   / (b.server ->> 'max_connections')::numeric, 1) as utilisation_percent,
         (b.server ->> 'active')::integer as active_statements,
         (b.server ->> 'query_ms')::numeric as query_ms,
         (b.server ->> 'longest_query_ms')::numeric as longest_query_ms,
         round(100 * d.hit / nullif(d.hit + d.read, 0), 2) as cache_hit_percent,
         b.server -> 'waits' as waits, round(r.wal / r.seconds) as wal_bytes_per_second,
         (b.server ->> 'checkpoints_timed')::bigint - (f.server ->> 'checkpoints_timed')::bigint
           as checkpoints_timed,
         (b.server ->> 'checkpoints_requested')::bigint
           - (f.server ->> 'checkpoints_requested')::bigint as checkpoints_requested,
         (b.server ->> 'oldest_snapshot_seconds')::numeric as oldest_snapshot_seconds,
         (b.server ->> 'prepared_transactions')::integer as prepared_transactions
    from month_end.staging_month_end_master m
   cross join lateral (
      select s.* from month_end.batch_sample s where s.batch_no = m.batch_no
       order by s.sampled_at desc limit 1) b
   cross join lateral (
      select s.* from month_end.batch_sample s where s.batch_no = m.batch_no
       order by s.sampled_at limit 1) f
    left join lateral (
      select s.* from month_end.batch_sample s
       where s.batch_no = m.batch_no and s.sampled_at < b.sampled_at
         and s.sampled_at <= greatest(f.sampled_at, b.sampled_at - interval '4 seconds')
       order by s.sampled_at desc limit 1) a on true
   cross join lateral (
      select (b.server ->> 'wal_bytes')::numeric - (a.server ->> 'wal_bytes')::numeric as wal,
             extract(epoch from b.sampled_at - a.sampled_at) as seconds) r
   cross join lateral (
      select (b.server ->> 'blocks_hit')::numeric - (f.server ->> 'blocks_hit')::numeric as hit,
             (b.server ->> 'blocks_read')::numeric - (f.server ->> 'blocks_read')::numeric
               as read) d;

comment on view month_end.batch_server is
  'The server as the last sample of each batch saw it: connections, statements, cache, WAL, waits.';
grant select on month_end.batch_server to monthend_viewer, monthend_auditor;
