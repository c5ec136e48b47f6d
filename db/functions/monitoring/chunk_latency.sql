create or replace view month_end.chunk_latency as
  select c.batch_no, count(*) as chunks,
         round(percentile_cont(0.5) within group (order by c.busy_ms)::numeric) as p50_ms,
         round(percentile_cont(0.95) within group (order by c.busy_ms)::numeric) as p95_ms,
         round(percentile_cont(0.99) within group (order by c.busy_ms)::numeric) as p99_ms,
         max(c.busy_ms) as max_ms,
         round(percentile_cont(0.95) within group (
           order by c.busy_ms::numeric / c.transaction_count)::numeric, 4) as transaction_p95_ms
    from month_end.chunk c
   where c.completed_at is not null
   group by c.batch_no;

comment on view month_end.chunk_latency is
  'How long the chunks of each batch took, and a transaction of them at the 95th percentile.';
grant select on month_end.chunk_latency to monthend_viewer, monthend_auditor;
