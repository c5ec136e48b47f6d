-- Leaves a run out, moves it, or (p_action RUN) takes such an exception back. The run is named by
-- its own day in the schedule's zone; a moved run still closes the month of that day. Locks the
-- schedule's row. Writes schedule_exception, schedule_event. Raises M1021, M2004.
create or replace function month_end.set_schedule_exception(
  p_run_date date, p_action text, p_reason text default null, p_moved_to timestamp default null,
  p_ledger_id integer default 1, p_now timestamptz default null)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz := coalesce(p_now, clock_timestamp());
  v_schedule month_end.schedule;
  v_period text := to_char(p_run_date, 'YYYY-MM');
  v_own date;
begin
  select * into v_schedule from month_end.schedule s where s.ledger_id = p_ledger_id for update;
  v_own := month_end.run_time(v_schedule.cron, p_run_date)::date;
  if v_schedule.ledger_id is null then
    perform month_end.raise_error('M2004', format('ledger %s has no schedule', p_ledger_id),
      './monthend schedule set' || month_end.ledger_option(p_ledger_id));
  elsif v_own is distinct from p_run_date then
    perform month_end.raise_error('M2004', format('no run is on %s', p_run_date),
      format('The run of %s is on %s', v_period, v_own));
  elsif p_action is null or p_action not in ('RUN', 'SKIP', 'MOVE')
        or (p_action = 'MOVE') <> (p_moved_to is not null)
        or (p_action <> 'RUN' and coalesce(p_reason, '') = '') then
    perform month_end.raise_error('M2004',
      format('%s to %s, reason %L', p_action, p_moved_to, p_reason),
      'SKIP with a reason, MOVE with a reason and a local time, or RUN');
  elsif p_moved_to < date_trunc('month', p_run_date::timestamp)
        or p_moved_to <> date_trunc('minute', p_moved_to)
        or month_end.local_instant(p_moved_to, v_schedule.time_zone) <= v_now then
    perform month_end.raise_error('M2004', format('move to %s', p_moved_to),
      'A time to come, to the minute, not before the month that the run closes');
  elsif exists (select from month_end.scheduled_run r
                 where r.ledger_id = p_ledger_id and r.period = v_period)
        or v_period < to_char(v_schedule.first_month, 'YYYY-MM') then
    perform month_end.raise_error('M1021', format('%s of ledger %s', v_period, p_ledger_id),
      null, v_period, p_ledger_id);
  end if;
  delete from month_end.schedule_exception e
   where e.ledger_id = p_ledger_id and e.period = v_period;
  if p_action <> 'RUN' then
    insert into month_end.schedule_exception (ledger_id, period, run_date, action, moved_to, reason)
    values (p_ledger_id, v_period, p_run_date, p_action, p_moved_to, p_reason);
  end if;
  perform month_end.record_schedule_event(p_ledger_id, p_action, concat_ws(', ', format('run of %s',
    p_run_date), 'to ' || to_char(p_moved_to, 'YYYY-MM-DD HH24:MI'), p_reason), v_period);
end
$$;

comment on function month_end.set_schedule_exception(date, text, text, timestamp, integer,
                                                     timestamptz) is
  'Skips or moves the run of a day, or takes that back; M1021 once the run is decided, M2004.';
revoke all on function month_end.set_schedule_exception(date, text, text, timestamp, integer,
                                                        timestamptz) from public;
grant execute on function month_end.set_schedule_exception(date, text, text, timestamp, integer,
                                                           timestamptz) to monthend_operator;
