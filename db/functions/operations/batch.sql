-- What operators look at: one row an attempt.
create or replace view month_end.batch as
  select m.ledger_id, m.batch_id, m.attempt, m.period, m.is_supplement, m.status,
         case when m.status in ('COMMITTED', 'COMPLETED') then m.scope_count else 0 end
           as posted_count, m.rejected_count, m.set_aside_count,
         m.worker_count, m.chunk_count, m.first_number, m.last_number,
         encode(m.digest, 'hex') as digest, m.opened_at, m.committed_at, m.completed_at,
         m.opened_by, m.opened_from, month_end.next_call(m) as next_call, m.batch_no,
         m.scope_count as fit_count, m.is_dry_run,
         (select s.sessions from month_end.batch_scale s where s.batch_no = m.batch_no)
           as wanted_sessions
    from month_end.staging_month_end_master m;

comment on view month_end.batch is 'Batches with their state and the call that comes next.';
grant select on month_end.batch to monthend_viewer, monthend_auditor;
