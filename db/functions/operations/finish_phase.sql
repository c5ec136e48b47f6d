-- Ends a phase: its time and how much of it was pauses, the batch's new state, an event. A phase
-- that is one transaction has none.
create or replace function month_end.finish_phase(
  p_batch_no integer, p_phase smallint, p_status text, p_message text)
returns void
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz := clock_timestamp();
begin
  update month_end.batch_phase p
     set finished_at = v_now, paused_seconds = case when p_phase in (4, 5)
           then month_end.pause_seconds(month_end.batch_pauses(p_batch_no), p.started_at, v_now)
           else 0 end
   where p.batch_no = p_batch_no and p.phase = p_phase;
  update month_end.staging_month_end_master set status = p_status where batch_no = p_batch_no;
  perform month_end.record_event(p_batch_no, p_status, p_message);
end
$$;

comment on function month_end.finish_phase(integer, smallint, text, text) is
  'Ends a phase and moves the batch to its next state.';
revoke all on function month_end.finish_phase(integer, smallint, text, text) from public;
