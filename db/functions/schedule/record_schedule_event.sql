-- Writes schedule_event and notifies on channel month_end_schedule; at commit, as the change.
create or replace function month_end.record_schedule_event(
  p_ledger_id integer, p_kind text, p_message text, p_period text default null)
returns void
language sql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
  with written as (
    insert into month_end.schedule_event (ledger_id, period, kind, message)
    values (p_ledger_id, p_period, p_kind, p_message)
    returning event_id)
  select pg_notify('month_end_schedule', json_build_object(
           'event_id', w.event_id::text, 'ledger_id', p_ledger_id, 'kind', p_kind)::text)
    from written w
$$;

comment on function month_end.record_schedule_event(integer, text, text, text) is
  'Adds an event of a schedule and notifies listeners at commit.';
revoke all on function month_end.record_schedule_event(integer, text, text, text) from public;
