-- A worker is slow below a share of its batch's median rate, or when a chunk takes it far longer
-- than any that is done.
create or replace view month_end.worker_speed as
  select w.batch_no, w.worker_id, w.status,
         round(100.0 * w.processed_count / nullif(w.transaction_count, 0), 1) as percent,
         w.transaction_count, w.processed_count,
         round(1000.0 * w.processed_count / nullif(w.busy_ms, 0)) as rate,
         coalesce(1000.0 * w.processed_count / nullif(w.busy_ms, 0)
                    < (select month_end.get_setting('slow_worker_share')::numeric) * b.median_rate
                  or w.status = 'RUNNING' and q.quiet_seconds > greatest(5, 3 * b.longest_seconds),
                  false) as is_slow,
         case when w.status = 'RUNNING' then q.quiet_seconds end as quiet_seconds,
         w.attempts, w.leased_by, w.error_sqlstate, w.error_message
    from month_end.batch_worker_control w
    left join (
      select c.batch_no, c.worker_id, max(c.completed_at) as checkpoint_at
        from month_end.chunk c group by c.batch_no, c.worker_id) k
      on k.batch_no = w.batch_no and k.worker_id = w.worker_id
    left join (
      select o.batch_no, max(l.longest_ms) / 1000.0 as longest_seconds,
             percentile_cont(0.5) within group (
               order by 1000.0 * o.processed_count / nullif(o.busy_ms, 0))::numeric as median_rate
        from month_end.batch_worker_control o
        left join (select c.batch_no, max(c.busy_ms) as longest_ms
                     from month_end.chunk c group by c.batch_no) l on l.batch_no = o.batch_no
       where o.processed_count > 0
       group by o.batch_no) b on b.batch_no = w.batch_no
   cross join lateral (
      select month_end.seconds_between(greatest(w.leased_at, k.checkpoint_at), clock_timestamp())
               as quiet_seconds) q;

comment on view month_end.worker_speed is
  'Workers with percent, transactions per second of work, and whether they are slow.';
grant select on month_end.worker_speed to monthend_viewer, monthend_auditor;
