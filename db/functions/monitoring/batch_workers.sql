create or replace view month_end.batch_workers as
  select w.batch_no, count(*) as total, count(*) filter (where w.status = 'PENDING') as pending,
         count(*) filter (where w.status = 'RUNNING') as running,
         count(*) filter (where w.status in ('PROCESSED', 'VALIDATED')) as complete,
         count(*) filter (where w.is_slow) as slow,
         count(*) filter (where w.status = 'FAILED') as failed,
         round(avg(w.rate)) as average_rate,
         month_end.get_setting('target_worker_transactions_per_second')::numeric as target_rate
    from month_end.worker_speed w
   group by w.batch_no;

comment on view month_end.batch_workers is
  'Workers of each batch by what they do; slow ones are counted there as well.';
grant select on month_end.batch_workers to monthend_viewer, monthend_auditor;
