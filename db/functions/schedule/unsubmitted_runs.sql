-- Started runs whose batch has not ended and that no job was made for, or none for ten minutes:
-- the caller looks whether one is at work. The rows stay locked until the caller's transaction
-- ends, and what another control plane has locked is passed over, so that no two make a job for
-- the same batch.
create or replace function month_end.unsubmitted_runs()
returns table (ledger_id smallint, period text, batch_id text, attempt smallint, sessions integer,
               is_submitted boolean)
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  select r.ledger_id, r.period, m.batch_id, m.attempt, r.sessions, r.submitted_at is not null
    from month_end.scheduled_run r
    join month_end.staging_month_end_master m on m.batch_no = r.batch_no
   where r.status = 'STARTED' and m.status not in ('COMPLETED', 'FAILED', 'CANCELLED')
     and coalesce(r.submitted_at < clock_timestamp() - interval '10 minutes', true)
   order by r.due_at
     for update of r skip locked
$$;

comment on function month_end.unsubmitted_runs() is
  'Started runs that may need a job, locked until the transaction ends.';
revoke all on function month_end.unsubmitted_runs() from public;
grant execute on function month_end.unsubmitted_runs() to monthend_operator;
