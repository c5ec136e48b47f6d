-- A worker is slow below a share of its batch's median rate, or when a chunk takes it far longer
-- than any that is done. By windows, which see each worker once however many there are: the
-- tables of a batch that runs have no statistics, and a join with the median is made anew for each.
create or replace view month_end.worker_speed as
  select w.batch_no, w.worker_id, w.status,
         round(100.0 * w.processed_count / nullif(w.transaction_count, 0), 1) as percent,
         w.transaction_count, w.processed_count, round(w.exact_rate) as rate,
         coalesce(w.exact_rate
                    < (select month_end.get_setting('slow_worker_share')::numeric) * w.median_rate
                  or w.status = 'RUNNING'
                     and q.quiet_seconds > greatest(5, 0.003 * w.longest_ms), false) as is_slow,
         case when w.status = 'RUNNING' then q.quiet_seconds end as quiet_seconds,
         w.attempts, w.leased_by, w.error_sqlstate, w.error_message
    from (select y.*, avg(y.exact_rate) filter (where y.place in (
                        (y.rated + 1) / 2, (y.rated + 2) / 2))
                        over (partition by y.batch_no) as median_rate
            from (select x.*, r.exact_rate, c.checkpoint_at,
                         max(c.longest_ms) over (partition by x.batch_no) as longest_ms,
                         count(r.exact_rate) over (partition by x.batch_no) as rated,
                         row_number() over (partition by x.batch_no
                           order by r.exact_rate nulls last) as place
                    from month_end.batch_worker_control x
                   cross join lateral (
                      select 1000.0 * nullif(x.processed_count, 0) / nullif(x.busy_ms, 0)
                               as exact_rate) r
                   cross join lateral (
                      select max(k.completed_at) as checkpoint_at, max(k.busy_ms) as longest_ms
                        from month_end.chunk k
                       where k.batch_no = x.batch_no
                         and k.chunk_no between x.first_chunk and x.last_chunk) c) y) w
   cross join lateral (
      select month_end.seconds_between(greatest(w.leased_at, w.checkpoint_at), clock_timestamp())
               as quiet_seconds) q;

comment on view month_end.worker_speed is
  'Workers with percent, transactions per second of work, and whether they are slow.';
grant select on month_end.worker_speed to monthend_viewer, monthend_auditor;
