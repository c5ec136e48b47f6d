-- Cumulative figures by ledger. Each begins at nought, and none goes back: batches stay in their
-- table, and what a cancel takes away was kept by keep_batch_work.
create or replace view month_end.counter_metrics as
  with work as materialized (
    select l.ledger_id, jsonb_build_object('ledger', l.ledger_id::text) as labels, w.*
      from books.ledger l
      left join (select m.ledger_id, b.*
                   from month_end.batch_work b
                   join month_end.staging_month_end_master m using (batch_no)) w using (ledger_id)),
  batch as materialized (
    select l.ledger_id, jsonb_build_object('ledger', l.ledger_id::text) as labels,
           m.status, m.scope_count, m.rejected_count, m.actual_je_count, m.actual_line_count,
           m.committed_at is not null as is_posted
      from books.ledger l
      left join month_end.staging_month_end_master m
        on m.ledger_id = l.ledger_id and not m.is_dry_run)
  select 'monthend_chunk_duration_seconds_bucket' as name,
         w.labels || jsonb_build_object('le', trim_scale(le.ms / 1000.0)::text) as labels,
         coalesce(sum(w.chunk_counts[le.i]), 0)::double precision as value
    from work w
   cross join unnest(month_end.chunk_bounds_ms()) with ordinality le (ms, i)
   group by w.labels, le.ms
  union all
  select v.name, w.labels || v.labels, coalesce(sum(v.value), 0)::double precision
    from work w
   cross join lateral (values
     ('monthend_chunk_duration_seconds_bucket', '{"le": "+Inf"}'::jsonb, w.chunk_count::numeric),
     ('monthend_chunk_duration_seconds_count', '{}', w.chunk_count),
     ('monthend_chunk_duration_seconds_sum', '{}', w.chunk_ms / 1000.0),
     ('monthend_chunk_transactions_total', '{}', w.transaction_count),
     ('monthend_chunk_entries_total', '{}', w.entry_count),
     ('monthend_chunk_errors_total', '{"outcome": "retried"}', w.retried_count),
     ('monthend_chunk_errors_total', '{"outcome": "failed"}', w.failed_count)
   ) v (name, labels, value)
   group by v.name, w.labels, v.labels
  union all
  select v.name, b.labels,
         coalesce(sum(v.value) filter (where b.is_posted), 0)::double precision
    from batch b
   cross join lateral (values
     ('monthend_posted_transactions_total', b.scope_count),
     ('monthend_posted_entries_total', b.actual_je_count),
     ('monthend_posted_lines_total', b.actual_line_count),
     ('monthend_rejected_transactions_total', b.rejected_count)
   ) v (name, value)
   group by v.name, b.labels
  union all
  select 'monthend_batches_ended_total', b.labels || jsonb_build_object('status', lower(s.status)),
         (count(*) filter (where b.status = s.status))::double precision
    from batch b
   cross join (values ('COMPLETED'), ('FAILED'), ('CANCELLED')) s (status)
   group by b.labels, s.status;

comment on view month_end.counter_metrics is
  'Counters and the histogram of chunk times for /metrics, by ledger.';
grant select on month_end.counter_metrics to monthend_viewer, monthend_auditor;
