-- From the checkpoints of chunks, so it needs no samples. Current: of the last ten seconds, or of
-- twice a chunk's time where that is longer; before the first chunk is done it is not known, and 0
-- after two minutes. Peak: the best ten seconds.
create or replace view month_end.batch_throughput as
  select m.batch_no, round(c.current_count / nullif(w.width, 0)) as current_rate,
         round(c.processed / nullif(t.seconds, 0)) as average_rate,
         round(greatest(c.peak_count / nullif(least(10, t.seconds), 0),
                        c.processed / nullif(t.seconds, 0))) as peak_rate,
         g.target_rate,
         round(100 * c.processed / nullif(t.seconds, 0) / g.target_rate, 1) as percent_of_target,
         round(c.entries / nullif(t.seconds, 0)) as entries_per_second,
         c.processed as processed_count
    from month_end.staging_month_end_master m
   cross join lateral (
      select month_end.get_setting('target_transactions_per_second')::numeric as target_rate) g
    left join lateral (
      select x.seconds, x.is_running from month_end.batch_timeline x
       where x.batch_no = m.batch_no and x.phase = 4) t on true
    left join lateral (
      select least(t.seconds, greatest(10, 0.002 * avg(k.busy_ms))) as width
        from month_end.chunk k
       where k.batch_no = m.batch_no and k.completed_at is not null) w on true
    left join lateral (
      select sum(k.transaction_count) as processed, sum(k.entry_count) as entries,
             case when t.is_running and (count(*) > 0 or t.seconds > 120)
                  then coalesce(sum(k.transaction_count) filter (
               where k.completed_at > clock_timestamp() - make_interval(secs => w.width)), 0) end
               as current_count,
             max(k.window_count) as peak_count
        from (select c.transaction_count, c.entry_count, c.completed_at,
                     sum(c.transaction_count) over (order by c.completed_at
                       range interval '10 seconds' preceding) as window_count
                from month_end.chunk c
               where c.batch_no = m.batch_no and c.completed_at is not null) k) c on true;

comment on view month_end.batch_throughput is
  'Transactions per second of each batch in phase 4: current, average, peak, target.';
grant select on month_end.batch_throughput to monthend_viewer, monthend_auditor;
