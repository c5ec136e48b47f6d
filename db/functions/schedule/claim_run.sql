-- Decides about a due run, once: the key of scheduled_run lets one session through, and its row
-- and the batch are one transaction. Returns nothing where there is nothing to decide (any more).
-- A period that is held, closed or locked by hand is recorded as REFUSED; an error that may pass
-- (55P03) leaves nothing, and the next call tries again. Locks the schedule's row, then what
-- open_batch locks. Writes scheduled_run, schedule_event, and what open_batch writes.
create or replace function month_end.claim_run(
  p_ledger_id integer, p_period text, p_now timestamptz default null)
returns setof month_end.scheduled_run
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz := coalesce(p_now, clock_timestamp());
  v_due record;
  v_run month_end.scheduled_run;
  v_batch_id text;
  v_message text;
  v_detail text;
begin
  perform from month_end.schedule s where s.ledger_id = p_ledger_id for update;
  select * into v_due from month_end.due_runs(v_now) d
   where d.ledger_id = p_ledger_id and d.period = p_period;
  if not found then
    return;
  end if;
  insert into month_end.scheduled_run
    (ledger_id, period, due_at, status, reason, sessions, decided_at, decided_from)
  values (p_ledger_id, p_period, v_due.due_at, v_due.outcome, v_due.reason, v_due.sessions, v_now,
          month_end.session_name())
  on conflict do nothing
  returning * into v_run;
  if v_run.period is null then
    return;
  end if;
  if v_run.status = 'STARTED' then
    begin
      v_batch_id := month_end.open_batch(p_period, p_ledger_id, v_due.workers);
      v_run.batch_no := (month_end.find_batch(v_batch_id, p_ledger_id)).batch_no;
    exception
      when sqlstate 'M1001' or sqlstate 'M1004' or sqlstate 'M1005' then
        get stacked diagnostics v_message = message_text, v_detail = pg_exception_detail;
        v_run.status := 'REFUSED';
        v_run.reason := concat_ws('; ', v_message, nullif(v_detail, ''));
    end;
    update month_end.scheduled_run r
       set status = v_run.status, reason = v_run.reason, batch_no = v_run.batch_no
     where r.ledger_id = v_run.ledger_id and r.period = v_run.period;
  end if;
  perform month_end.record_schedule_event(p_ledger_id, v_run.status,
    concat_ws(', ', coalesce(v_batch_id, p_period) || ' due at '
      || to_char(v_run.due_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC', v_run.reason),
    p_period);
  return next v_run;
end
$$;

comment on function month_end.claim_run(integer, text, timestamptz) is
  'Decides about a due run, once: opens its batch, or records why not.';
revoke all on function month_end.claim_run(integer, text, timestamptz) from public;
grant execute on function month_end.claim_run(integer, text, timestamptz) to monthend_operator;
