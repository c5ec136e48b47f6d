-- What became of scheduled runs; a started one is as far as its batch.
create or replace view month_end.scheduled_runs as
  select r.ledger_id, r.period, r.due_at, coalesce(m.status, r.status) as status, r.reason,
         m.batch_id, m.attempt, r.decided_at, r.decided_by, r.decided_from, r.submitted_at
    from month_end.scheduled_run r
    left join month_end.staging_month_end_master m on m.batch_no = r.batch_no;

comment on view month_end.scheduled_runs is
  'Decided runs of all schedules: SKIPPED, MISSED, REFUSED, or the state of the batch.';
grant select on month_end.scheduled_runs to monthend_viewer, monthend_auditor;
