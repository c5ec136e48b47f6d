-- What the alerts judge: of a running batch by its last sample; without a batch, of ledgers and of
-- batches that have failed. A value that is missing or null is not judged.
create or replace function month_end.alert_values(p_batch_no integer)
returns table (ledger_id smallint, batch_no integer, transaction_count bigint, alert text,
               value numeric, detail text)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select m.ledger_id, m.batch_no, m.scope_count, v.alert, v.value, v.detail
    from month_end.staging_month_end_master m
   cross join lateral (
      select s.* from month_end.batch_sample s where s.batch_no = m.batch_no
       order by s.sampled_at desc limit 1) s
    left join lateral (
      select w.worker_id, round(1000.0 * w.processed_count / w.busy_ms) as rate
        from month_end.batch_worker_control w
       where w.batch_no = m.batch_no and w.status = 'RUNNING' and w.busy_ms > 0
       order by 2 limit 1) w on s.phase = 4
   cross join lateral (values
      ('THROUGHPUT', s.transactions_per_second, null),
      ('WORKER_RATE', w.rate, 'worker ' || w.worker_id),
      ('FINISH', round((extract(epoch from s.sampled_at - m.opened_at) - s.paused_seconds
                        + s.seconds_left) / 60, 1), null),
      ('WORKERS_FAILED',
       (select count(*) from month_end.batch_worker_control f
         where f.batch_no = m.batch_no and f.status = 'FAILED'), null),
      ('VALIDATION_FAILED',
       (select count(*) from month_end.batch_validation_results f
         where f.batch_no = m.batch_no and f.status = 'FAIL'),
       (select string_agg(distinct f.rule, ', ') from month_end.batch_validation_results f
         where f.batch_no = m.batch_no and f.status = 'FAIL'))) v(alert, value, detail)
   where m.batch_no = p_batch_no
  union all
  select m.ledger_id, m.batch_no, m.scope_count, 'BATCH_FAILED', 1, null
    from month_end.staging_month_end_master m
   where p_batch_no is null and m.status = 'FAILED' and not m.is_dry_run
     and not exists (select from month_end.staging_month_end_master n
                      where n.ledger_id = m.ledger_id and n.period = m.period
                        and n.batch_no > m.batch_no)
  union all
  select r.ledger_id, null, null, 'SCHEDULE_MISSED', count(*), min(r.period)
    from month_end.scheduled_run r
   where p_batch_no is null and r.status in ('MISSED', 'REFUSED')
     and not exists (select from books.period b
                      where b.ledger_id = r.ledger_id and b.period = r.period
                        and b.state in ('CLOSED', 'LOCKED'))
   group by r.ledger_id
  union all
  select m.ledger_id, null, null, 'CLOSE_OVERDUE',
         floor(extract(epoch from clock_timestamp() - max(m.committed_at)) / 86400), null
    from month_end.staging_month_end_master m
   where p_batch_no is null and m.committed_at is not null
   group by m.ledger_id;
end
$$;

comment on function month_end.alert_values(integer) is
  'The values that alerts judge: of a running batch, or of everything that is none.';
revoke all on function month_end.alert_values(integer) from public;
grant execute on function month_end.alert_values(integer) to monthend_viewer;
