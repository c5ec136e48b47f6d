-- Writes the event table and notifies on channel month_end; listeners read the table from the
-- event id on, so a lost notification loses nothing.
create or replace function month_end.record_event(
  p_batch_no integer, p_kind text, p_message text, p_worker_id integer default null)
returns void
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
declare
  v_event_id bigint;
begin
  insert into month_end.batch_event (batch_no, kind, worker_id, message)
  values (p_batch_no, p_kind, p_worker_id, p_message)
  returning event_id into v_event_id;
  perform pg_notify('month_end', json_build_object(
    'event_id', v_event_id::text, 'batch_no', p_batch_no, 'kind', p_kind)::text);
end
$$;

comment on function month_end.record_event(integer, text, text, integer) is
  'Adds an event of a batch and notifies listeners at commit.';
revoke all on function month_end.record_event(integer, text, text, integer) from public;
