-- What people look at in the night of a close, each part from a view of its own (docs/screen.md).
create or replace function month_end.make_screen(p_batch_no integer)
returns jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set jit = off
set plan_cache_mode = force_generic_plan
as $$
begin
  return (
    select jsonb_build_object(
      'batch', (select to_jsonb(b) from month_end.batch_overview b where b.batch_no = m.batch_no),
      'throughput',
        (select to_jsonb(t) from month_end.batch_throughput t where t.batch_no = m.batch_no),
      'point', (
        select jsonb_build_object('sampled_at', s.sampled_at, 'elapsed_seconds',
                 greatest(0, month_end.seconds_between(m.opened_at, s.sampled_at)),
                 'phase', s.phase, 'percent', s.percent, 'processed_count', s.processed_count,
                 'transactions_per_second', s.transactions_per_second)
          from month_end.batch_sample s where s.batch_no = m.batch_no
         order by s.sampled_at desc limit 1),
      'phases', (select jsonb_agg(to_jsonb(t) - 'batch_no' order by t.phase)
                   from month_end.batch_timeline t where t.batch_no = m.batch_no),
      'workers', (
        -- as month_end.batch_workers counts them, which would go through all of them once more
        select jsonb_build_object('counts', case when count(*) > 0 then jsonb_build_object(
                 'total', count(*), 'pending', count(*) filter (where w.status = 'PENDING'),
                 'running', count(*) filter (where w.status = 'RUNNING'),
                 'complete', count(*) filter (where w.status in ('PROCESSED', 'VALIDATED')),
                 'slow', count(*) filter (where w.is_slow),
                 'failed', count(*) filter (where w.status = 'FAILED'),
                 'average_rate', round(avg(w.rate)), 'target_rate', (select month_end.get_setting(
                   'target_worker_transactions_per_second')::numeric)) end,
               'list', coalesce(jsonb_agg(to_jsonb(w) - 'batch_no' order by w.worker_id), '[]'))
          from month_end.worker_speed w where w.batch_no = m.batch_no),
      'latency', (select to_jsonb(l) - 'batch_no' from month_end.chunk_latency l
                   where l.batch_no = m.batch_no),
      'database', (select to_jsonb(s) - 'batch_no' from month_end.batch_server s
                    where s.batch_no = m.batch_no),
      'validation', (select jsonb_agg(to_jsonb(v) - 'batch_no' - 'label'
                              order by v.stage = 'PRECOMMIT', v.stage)
                       from month_end.validation_stages v where v.batch_no = m.batch_no),
      'resources', (select to_jsonb(h) - 'batch_no' from month_end.batch_host h
                     where h.batch_no = m.batch_no),
      'events', coalesce((select jsonb_agg(to_jsonb(e) - 'batch_no' order by e.event_id desc)
                   from (select v.* from month_end.batch_event v where v.batch_no = m.batch_no
                          order by v.event_id desc limit 20) e), '[]'),
      'alerts', coalesce((select jsonb_agg(to_jsonb(a) - 'batch_no' order by a.severity, a.alert_id)
                   from month_end.alerts a
                  where a.batch_no = m.batch_no and a.is_open), '[]'),
      'comparison', (select to_jsonb(c) - 'batch_no' from month_end.batch_comparison c
                      where c.batch_no = m.batch_no),
      'sampler', (select to_jsonb(s) - 'batch_no' from month_end.sampler_share s
                   where s.batch_no = m.batch_no),
      'sampled_at', (select s.sampled_at from month_end.batch_sample s
                      where s.batch_no = m.batch_no order by s.sampled_at desc limit 1),
      'read_at', clock_timestamp())
      from month_end.staging_month_end_master m where m.batch_no = p_batch_no);
end
$$;

comment on function month_end.make_screen(integer) is
  'The screen of a batch as JSON: progress, throughput, workers, database, validation, events.';
revoke all on function month_end.make_screen(integer) from public;
