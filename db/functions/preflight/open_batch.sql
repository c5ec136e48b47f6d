-- Opens a batch: the period row is taken FOR UPDATE (waiting for changes of source rows under way,
-- at most lock_timeout_ms) and goes to CLOSING, so that what the freeze reads next stands still.
-- Writes period, staging_month_end_master, event.
-- Raises M1001 with who holds the period since when, M1004, M1005, M1006, M2004; 55P03 when the
-- period row can't be had in time.
drop function if exists month_end.open_batch(text, integer, integer, boolean);

create or replace function month_end.open_batch(
  p_period text, p_ledger_id integer default 1, p_workers integer default null,
  p_is_supplement boolean default false, p_is_dry_run boolean default false)
returns text
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_state text;
  v_batch_id text;
  v_batch_no integer;
begin
  if p_workers not between 1 and 1000 then
    perform month_end.raise_error('M2004', format('workers %s', p_workers),
      'A batch has 1 to 1000 workers');
  end if;
  -- before the period row is made: a change under way may have made it, uncommitted
  perform set_config('lock_timeout', month_end.get_setting('lock_timeout_ms'), true);
  perform books.ensure_period(p_period, p_ledger_id);
  perform month_end.refuse_held_period(p_ledger_id, p_period);
  select p.state into strict v_state from books.period p
   where p.ledger_id = p_ledger_id and p.period = p_period for update;
  perform month_end.refuse_held_period(p_ledger_id, p_period);
  if v_state = 'LOCKED' then
    perform month_end.raise_error('M1005', p_period);
  elsif v_state = 'CLOSED' and not p_is_supplement then
    perform month_end.raise_error('M1004', p_period, null, p_period, p_ledger_id);
  elsif v_state = 'OPEN' and p_is_supplement then
    perform month_end.raise_error('M1006', p_period, null, p_period, p_ledger_id);
  end if;
  select p_period || '-MONTHEND' || case when p_is_supplement
           then '-' || to_char(count(*) + 1, 'FM9900') else '' end
    into v_batch_id
    from month_end.staging_month_end_master m
   where m.ledger_id = p_ledger_id and m.period = p_period
     and m.status not in ('FAILED', 'CANCELLED');
  insert into month_end.staging_month_end_master
    (batch_id, attempt, ledger_id, period, is_supplement, status, requested_workers,
     function_hash, opened_from, is_dry_run)
  select v_batch_id, count(*) + 1, p_ledger_id, p_period, p_is_supplement, 'OPENED',
         coalesce(p_workers, month_end.get_setting('workers')::integer),
         month_end.function_hash(), month_end.session_name(), p_is_dry_run
    from month_end.staging_month_end_master m
   where m.ledger_id = p_ledger_id and m.batch_id = v_batch_id
  returning batch_no into v_batch_no;
  update books.period set state = 'CLOSING' where ledger_id = p_ledger_id and period = p_period;
  perform month_end.record_event(v_batch_no, 'OPENED', format('%s opened%s', v_batch_id,
    case when p_is_dry_run then ' for a dry run' else '' end));
  return v_batch_id;
exception
  when lock_not_available then
    raise exception using errcode = 'lock_not_available',
      message = 'source rows of the period are being changed, or another close is being opened',
      detail = format('%s was waited for over %s ms', p_period,
                      month_end.get_setting('lock_timeout_ms')),
      hint = 'Wait until those transactions have ended, then close again';
end
$$;

comment on function month_end.open_batch(text, integer, integer, boolean, boolean) is
  'Opens a batch of a period and returns its id; M1001 tells who holds the period since when.';
revoke all on function month_end.open_batch(text, integer, integer, boolean, boolean) from public;
grant execute on function month_end.open_batch(text, integer, integer, boolean, boolean)
  to monthend_operator;
