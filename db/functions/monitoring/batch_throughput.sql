-- From the checkpoints of chunks, so it needs no samples. Current: of the last ten seconds, or of
-- twice a chunk's time where that is longer; before the first chunk is done it is not known, and 0
-- after two minutes. Peak: the best current rate that a sample has seen; without samples, the best
-- window of that width.
create or replace view month_end.batch_throughput as
  select m.batch_no, r.current_rate, r.average_rate,
         greatest(r.current_rate, r.average_rate, coalesce(s.peak_rate,
           round(month_end.peak_count(m.batch_no, c.width) / nullif(c.width, 0)))) as peak_rate,
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
   cross join lateral (
      select sum(k.transaction_count) as processed, sum(k.entry_count) as entries,
             count(*) as chunks,
             least(t.seconds, greatest(10, 0.002 * avg(k.busy_ms))) as width
        from month_end.chunk k
       where k.batch_no = m.batch_no and k.completed_at is not null
      offset 0) c
   cross join lateral (
      select case when t.is_running and (c.chunks > 0 or t.seconds > 120) then coalesce((
               select sum(k.transaction_count) from month_end.chunk k
                where k.batch_no = m.batch_no
                  and k.completed_at > clock_timestamp() - make_interval(
                        secs => c.width::double precision)), 0) end as current_count
      offset 0) n
   cross join lateral (
      select round(n.current_count / nullif(coalesce(c.width, 10), 0)) as current_rate,
             round(c.processed / nullif(t.seconds, 0)) as average_rate offset 0) r
    left join lateral (
      select x.peak_rate from month_end.batch_sample x where x.batch_no = m.batch_no
       order by x.sampled_at desc limit 1) s on true;

comment on view month_end.batch_throughput is
  'Transactions per second of each batch in phase 4: current, average, peak, target.';
grant select on month_end.batch_throughput to monthend_viewer, monthend_auditor;
