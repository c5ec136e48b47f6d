-- The sessions of running batches: those of jobs by their name, others by their lease. A session
-- may hold several leases' rows only after errors; the newest is its own.
create or replace view month_end.batch_session as
  select m.ledger_id, m.batch_id, a.pid,
         case a.application_name
           when format('monthend month-end-run %s/%s', m.ledger_id, m.batch_id) then 'run'
           when format('monthend month-end-session %s/%s', m.ledger_id, m.batch_id) then 'session'
           else 'other' end as kind,
         a.usename as login, a.application_name, w.worker_id,
         coalesce(w.checkpoint + 1, w.first_chunk) as chunk_no, w.leased_at,
         case when w.worker_id is not null then month_end.seconds_between(
           greatest(w.leased_at, c.completed_at), clock_timestamp()) end
           as seconds_since_checkpoint,
         case when exists (select from pg_locks l where l.pid = a.pid and not l.granted)
              then pg_blocking_pids(a.pid) else '{}' end as blocked_by,
         m.batch_no
    from month_end.staging_month_end_master m
    join pg_stat_activity a on a.datname = current_database()
    left join lateral (
      select * from month_end.batch_worker_control x
       where x.batch_no = m.batch_no and x.status = 'RUNNING' and x.lease_pid = a.pid
         and (month_end.lease_lock_key(x.lease_token), a.pid)
             in (select k.lock_key, k.pid from month_end.advisory_lock k)
       order by x.lease_token desc limit 1) w on true
    left join month_end.chunk c on c.batch_no = w.batch_no and c.chunk_no = w.checkpoint
   where m.status not in ('COMPLETED', 'FAILED', 'CANCELLED')
     and (w.worker_id is not null or a.application_name in (
       format('monthend month-end-run %s/%s', m.ledger_id, m.batch_id),
       format('monthend month-end-session %s/%s', m.ledger_id, m.batch_id)));

comment on view month_end.batch_session is
  'Sessions at work on batches, with their lease, its last checkpoint, and who is in their way.';
grant select on month_end.batch_session to monthend_viewer, monthend_auditor;
