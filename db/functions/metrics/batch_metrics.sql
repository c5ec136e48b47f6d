-- Batches under way by ledger, the furthest of several; a ledger at rest has noughts for counts and
-- nothing for the rest. Dry runs are left out.
create or replace view month_end.batch_metrics as
  with active as materialized (
    select m.ledger_id, m.batch_no, t.phase, t.percent, t.seconds_left, m.scope_count, e.at,
           month_end.seconds_between(m.opened_at, clock_timestamp()) as elapsed_seconds,
           month_end.pause_seconds(month_end.batch_pauses(m.batch_no), m.opened_at,
                                   clock_timestamp()) as paused_seconds
      from month_end.staging_month_end_master m
      join month_end.batch_estimate t using (batch_no)
      left join lateral (select v.at from month_end.batch_event v
                          where v.batch_no = m.batch_no order by v.event_id desc limit 1) e on true
     where m.status not in ('COMPLETED', 'FAILED', 'CANCELLED') and not m.is_dry_run)
  select 'monthend_batches_active' as name,
         jsonb_build_object('ledger', l.ledger_id::text) as labels,
         count(a.batch_no)::double precision as value
    from books.ledger l
    left join active a using (ledger_id)
   group by l.ledger_id
  union all
  select v.name, jsonb_build_object('ledger', a.ledger_id::text), max(v.value)::double precision
    from active a
   cross join lateral (values
     ('monthend_batch_phase', a.phase::numeric),
     ('monthend_batch_progress_ratio', a.percent / 100),
     ('monthend_batch_transactions', a.scope_count),
     ('monthend_batch_elapsed_seconds', a.elapsed_seconds),
     ('monthend_batch_estimated_seconds', a.elapsed_seconds - a.paused_seconds + a.seconds_left),
     ('monthend_batch_last_event_timestamp_seconds', extract(epoch from a.at))
   ) v (name, value)
   where v.value is not null
   group by v.name, a.ledger_id
  union all
  select 'monthend_workers',
         jsonb_build_object('ledger', l.ledger_id::text, 'status', lower(s.status)),
         count(w.worker_id)::double precision
    from books.ledger l
   cross join (values ('PENDING'), ('RUNNING'), ('PROCESSED'), ('VALIDATED'), ('FAILED'))
              s (status)
    left join (active a join month_end.batch_worker_control w using (batch_no))
      on a.ledger_id = l.ledger_id and w.status = s.status
   group by l.ledger_id, s.status
  union all
  select 'monthend_last_close_timestamp_seconds', jsonb_build_object('ledger', m.ledger_id::text),
         extract(epoch from max(m.committed_at))::double precision
    from month_end.staging_month_end_master m
   where m.committed_at is not null and not m.is_supplement
   group by m.ledger_id;

comment on view month_end.batch_metrics is
  'Running batches and the last close for /metrics, by ledger.';
grant select on month_end.batch_metrics to monthend_viewer, monthend_auditor;
