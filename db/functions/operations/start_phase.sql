-- The start of a phase, in the clock's time. Repeated after a failure it starts anew: the
-- seconds of a phase are those of the run that finished it.
-- Its lock shows that somebody is at it, and waits for nobody (batch_pauses).
create or replace function month_end.start_phase(p_batch_no integer, p_phase smallint)
returns void
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
begin
  perform pg_try_advisory_xact_lock_shared(month_end.worker_lock_key(p_batch_no, 4095));
  insert into month_end.batch_phase as bp (batch_no, phase, started_at)
  values (p_batch_no, p_phase, clock_timestamp())
  on conflict (batch_no, phase) do update set started_at = excluded.started_at
    where bp.finished_at is null;
end
$$;

comment on function month_end.start_phase(integer, smallint) is 'Marks the start of a phase.';
revoke all on function month_end.start_phase(integer, smallint) from public;
