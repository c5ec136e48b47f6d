-- How many sessions of jobs a batch shall have from now on; null: none are made any more, whoever
-- works on it does so by hand. Control planes start what is missing; one too many leaves after its
-- chunk (surplus_session). Waits for no phase: it makes no event, which refers to the batch's row.
-- Writes batch_scale, audit_log. Raises M1002, M1003, M2004.
create or replace function month_end.scale(
  p_batch_id text, p_sessions integer, p_ledger_id integer default 1)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_batch month_end.staging_month_end_master := month_end.find_batch(p_batch_id, p_ledger_id);
begin
  if p_sessions not between 1 and 250 then
    perform month_end.raise_error('M2004', format('sessions %s', p_sessions),
                                  'A batch has 1 to 250 sessions');
  elsif v_batch.status in ('COMPLETED', 'FAILED', 'CANCELLED') then
    perform month_end.raise_error('M1002', format('batch %s is %s', p_batch_id, v_batch.status),
                                  'Nothing is left to do for this batch');
  end if;
  insert into month_end.batch_scale as s (batch_no, sessions) values (v_batch.batch_no, p_sessions)
  on conflict (batch_no) do update
    set sessions = p_sessions, changed_at = clock_timestamp(), changed_by = session_user
    where s.sessions is distinct from p_sessions;
  if found then
    perform month_end.record_audit('batch', format('%s/%s attempt %s', v_batch.ledger_id,
      v_batch.batch_id, v_batch.attempt), 'SCALED', jsonb_build_object('sessions', p_sessions));
  end if;
end
$$;

comment on function month_end.scale(text, integer, integer) is
  'Sets how many sessions of jobs a batch shall have; null: none.';
revoke all on function month_end.scale(text, integer, integer) from public;
grant execute on function month_end.scale(text, integer, integer) to monthend_operator;
