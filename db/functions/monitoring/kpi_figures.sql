-- Rates leave out the pauses, in which nobody worked; buffers and being on time do not.
-- The spec's key figures of any batch that has come to its commit, as they are now; stored in
-- batch_kpi at the end of phase 8.
create or replace view month_end.kpi_figures as
  select m.batch_no, c.total_seconds, c.processing_seconds, c.target_seconds,
         c.window_seconds - c.total_seconds as buffer_seconds,
         c.window_seconds - c.processing_seconds as processing_buffer_seconds,
         c.total_seconds <= c.target_seconds as is_on_time,
         c.processing_seconds <= c.target_seconds as is_processing_on_time,
         round(m.scope_count / nullif(y.total_seconds, 0)) as transactions_per_second,
         round(m.scope_count / nullif(y.processing_seconds, 0))
           as processing_transactions_per_second,
         t.peak_rate as peak_transactions_per_second,
         t.target_rate as target_transactions_per_second,
         round(m.scope_count / nullif(y.total_seconds, 0) / t.target_rate, 3) as throughput_ratio,
         round(m.scope_count / nullif(y.processing_seconds, 0) / t.target_rate, 3)
           as processing_throughput_ratio,
         round(m.actual_je_count / nullif(y.total_seconds, 0)) as entries_per_second,
         round(m.actual_je_count / nullif(y.processing_seconds, 0))
           as processing_entries_per_second,
         w.average_rate as worker_transactions_per_second,
         c.target_rate as target_worker_transactions_per_second,
         round(w.average_rate / c.target_rate, 3) as worker_ratio,
         round(least(100, 100 * s.busy_seconds / nullif(s.sessions * c.posting_seconds, 0)), 1)
           as utilisation_percent,
         l.transaction_p95_ms, l.p50_ms as chunk_p50_ms, l.p95_ms as chunk_p95_ms,
         l.p99_ms as chunk_p99_ms, l.max_ms as chunk_max_ms, v.failed_validations,
         v.failed_workers, m.attempt::integer as attempts, q.success_percent,
         m.scope_count as transaction_count, coalesce(m.rejected_count, 0) as rejected_count,
         coalesce(m.actual_je_count, 0) as entry_count,
         coalesce(m.worker_count, 0) as worker_count, coalesce(s.sessions, 0)::integer
           as session_count, h.percent as sampler_percent, e.low_factor as estimate_low_factor,
         e.high_factor as estimate_high_factor
    from month_end.staging_month_end_master m
    join month_end.batch_throughput t on t.batch_no = m.batch_no
    left join month_end.batch_workers w on w.batch_no = m.batch_no
    left join month_end.chunk_latency l on l.batch_no = m.batch_no
    left join month_end.sampler_share h on h.batch_no = m.batch_no
   cross join lateral (
      select month_end.seconds_between(m.opened_at, coalesce(m.completed_at, clock_timestamp()))
               as total_seconds,
             month_end.seconds_between(m.processing_started_at, m.committed_at)
               as processing_seconds,
             60 * month_end.get_setting('target_minutes')::numeric as target_seconds,
             60 * month_end.get_setting('window_minutes')::numeric as window_seconds,
             month_end.get_setting('target_worker_transactions_per_second')::numeric
               as target_rate,
             (select x.seconds from month_end.batch_timeline x
               where x.batch_no = m.batch_no and x.phase = 4) as posting_seconds) c
   cross join lateral (select month_end.batch_pauses(m.batch_no) as pauses offset 0) p
   cross join lateral (
      select c.total_seconds - month_end.pause_seconds(p.pauses, m.opened_at,
               coalesce(m.completed_at, clock_timestamp())) as total_seconds,
             c.processing_seconds - month_end.pause_seconds(p.pauses, m.processing_started_at,
               m.committed_at) as processing_seconds) y
   cross join lateral (
      select sum(x.busy_ms) / 1000 as busy_seconds, count(distinct x.leased_by) as sessions
        from month_end.batch_worker_control x where x.batch_no = m.batch_no) s
   cross join lateral (
      select (select count(*) from month_end.batch_validation_results x
               where x.batch_no = m.batch_no and x.status = 'FAIL') as failed_validations,
             (select count(distinct x.worker_id) from month_end.batch_event x
               where x.batch_no = m.batch_no and x.kind = 'WORKER_FAILED') as failed_workers) v
   cross join lateral (
      select round(100.0 * count(*) filter (where x.status in ('COMMITTED', 'COMPLETED'))
                   / count(*), 1) as success_percent
        from month_end.staging_month_end_master x
       where x.ledger_id = m.ledger_id and not x.is_dry_run and x.batch_no <= m.batch_no) q
   cross join lateral (
      select percentile_cont(0.1) within group (order by r.factor)::numeric as low_factor,
             percentile_cont(0.9) within group (order by r.factor)::numeric as high_factor
        from (select extract(epoch from coalesce(m.completed_at, clock_timestamp()) - x.sampled_at)
                       / x.seconds_left as factor
                from month_end.batch_sample x
               where x.batch_no = m.batch_no and x.seconds_left > 1) r) e
   where m.status in ('COMMITTED', 'COMPLETED');

comment on view month_end.kpi_figures is 'Key figures of committed batches, computed.';
grant select on month_end.kpi_figures to monthend_viewer, monthend_auditor;
