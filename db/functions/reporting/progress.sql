-- One row a batch, for \watch: the phase, how far it is, how fast, how long still. Steps are
-- transactions in phase 4 and tasks in phase 5; the other phases are one transaction each.
create or replace view month_end.progress as
  select m.ledger_id, m.batch_id, m.status, f.phase, n.name as phase_name,
         case m.status when 'PROCESSING' then w.processed when 'PROCESSED' then s.done end
           as steps_done,
         case m.status when 'PROCESSING' then m.scope_count when 'PROCESSED' then s.total end
           as steps_total,
         round(100.0 * case m.status
             when 'PROCESSING' then w.processed / nullif(m.scope_count, 0)::numeric
             when 'PROCESSED' then s.done / nullif(s.total, 0)::numeric
             when 'COMPLETED' then 1 end, 1) as percent,
         round(w.processed / nullif(t.seconds, 0)) as transactions_per_second,
         case when m.status = 'PROCESSING' and w.processed > 0
              then round((m.scope_count - w.processed) * t.seconds / w.processed, 1) end
           as seconds_left,
         w.running as workers_running, w.complete as workers_complete, w.failed as workers_failed,
         greatest(m.worker_count, w.workers::integer) as worker_count,
         month_end.seconds_between(m.opened_at,
           coalesce(m.completed_at, clock_timestamp())) as elapsed_seconds, m.batch_no
    from month_end.staging_month_end_master m
      -- by the state: what a phase writes is not to be seen before it ends
    cross join lateral (
      select coalesce(
        case m.status when 'OPENED' then 1 when 'SCOPED' then 2 when 'NUMBERED' then 3
          when 'PROCESSING' then 4 when 'PROCESSED' then 5 when 'STAGED' then 6
          when 'VALIDATED' then 7 when 'COMMITTED' then 8 end,
        (select max(p.phase) from month_end.batch_phase p
          where p.batch_no = m.batch_no))::smallint as phase) f
    left join month_end.phase_names() n on n.phase = f.phase
    left join lateral (
      select month_end.seconds_between(p.started_at, coalesce(p.finished_at, clock_timestamp()))
             as seconds
        from month_end.batch_phase p where p.batch_no = m.batch_no and p.phase = 4) t on true
    left join lateral (
      select coalesce(sum(x.processed_count), 0) as processed,
             count(*) filter (where x.status = 'RUNNING') as running,
             count(*) filter (where x.status in ('PROCESSED', 'VALIDATED')) as complete,
             count(*) filter (where x.status = 'FAILED') as failed,
             count(*) filter (where x.status = 'VALIDATED') as validated, count(*) as workers
        from month_end.batch_worker_control x where x.batch_no = m.batch_no) w on true
    left join lateral (
      select w.validated + count(k.done_at) as done, w.workers + count(*) as total
        from month_end.leaf_task k where k.batch_no = m.batch_no) s on true
   where m.status not in ('FAILED', 'CANCELLED', 'COMPLETED')
      or m.opened_at > now() - interval '1 day';

comment on view month_end.progress is
  'Running batches and those of the last day: phase, percent, rate, remaining seconds.';
grant select on month_end.progress to monthend_viewer, monthend_auditor;
