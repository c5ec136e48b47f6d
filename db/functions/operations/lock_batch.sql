-- Every phase starts here: it takes the batch row FOR UPDATE, so that of two callers of a phase
-- one waits and then finds it done.
-- Raises M1003, and M1002 with the state found and the call that comes next.
create or replace function month_end.lock_batch(
  p_batch_id text, p_ledger_id integer, p_statuses text[])
returns month_end.staging_month_end_master
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
declare
  v_batch month_end.staging_month_end_master;
begin
  v_batch := month_end.find_batch(p_batch_id, p_ledger_id);
  select * into strict v_batch
    from month_end.staging_month_end_master m where m.batch_no = v_batch.batch_no for update;
  if v_batch.status <> all (p_statuses) then
    perform month_end.raise_error('M1002',
      format('batch %s is %s; this call needs %s',
             p_batch_id, v_batch.status, array_to_string(p_statuses, ' or ')),
      coalesce('Next: ' || month_end.next_call(v_batch), 'Nothing is left to do for this batch'));
  end if;
  return v_batch;
end
$$;

comment on function month_end.lock_batch(text, integer, text[]) is
  'Locks a batch for a phase and asserts its state; M1002 names the next call.';
revoke all on function month_end.lock_batch(text, integer, text[]) from public;
