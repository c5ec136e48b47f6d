-- Of running batches what is two seconds old: commits of chunks don't wait for the disk, and what a
-- crash of the server may take back is not counted yet.
create or replace view month_end.batch_work as
  select w.* from month_end.ended_batch_work w
   union all
  select w.*
    from month_end.staging_month_end_master m
   cross join lateral month_end.measure_batch_work(
     m.batch_no, clock_timestamp() - interval '2 seconds') w
   where m.status not in ('COMPLETED', 'FAILED', 'CANCELLED');

comment on view month_end.batch_work is
  'What the chunks of each batch took, ended and running; sums over it never go back.';
grant select on month_end.batch_work to monthend_viewer, monthend_auditor;
