-- Ends a phase: its time, the batch's new state, an event.
create or replace function month_end.finish_phase(
  p_batch_no integer, p_phase smallint, p_status text, p_message text)
returns void
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
begin
  update month_end.batch_phase set finished_at = clock_timestamp()
   where batch_no = p_batch_no and phase = p_phase;
  update month_end.staging_month_end_master set status = p_status where batch_no = p_batch_no;
  perform month_end.record_event(p_batch_no, p_status, p_message);
end
$$;

comment on function month_end.finish_phase(integer, smallint, text, text) is
  'Ends a phase and moves the batch to its next state.';
revoke all on function month_end.finish_phase(integer, smallint, text, text) from public;
