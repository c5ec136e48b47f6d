-- CLOSED -> LOCKED, for good: no batch, correction or reversal enters the period any more. What an
-- approver does. Takes the period row FOR UPDATE. Writes audit_log. Raises M1001, M1005, M1006,
-- M2004.
create or replace function books.lock_period(p_period text, p_ledger_id integer default 1)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_state text;
begin
  perform books.ensure_period(p_period, p_ledger_id);
  select p.state into strict v_state from books.period p
   where p.ledger_id = p_ledger_id and p.period = p_period for update;
  perform month_end.refuse_held_period(p_ledger_id, p_period);
  case v_state
    when 'OPEN' then
      perform month_end.raise_error('M1006', p_period, null, p_period, p_ledger_id);
    when 'LOCKED' then perform month_end.raise_error('M1005', p_period);
    when 'CLOSED' then
      update books.period set state = 'LOCKED'
       where ledger_id = p_ledger_id and period = p_period;
      perform month_end.record_audit('period', format('%s/%s', p_ledger_id, p_period), 'LOCKED');
  end case;
end
$$;

comment on function books.lock_period(text, integer) is
  'Locks a closed period for good; M1001, M1005 or M1006 name the state it is in.';
revoke all on function books.lock_period(text, integer) from public;
grant execute on function books.lock_period(text, integer) to monthend_approver;
