-- No session may write for this batch any more: each worker gets a token that nobody holds, and is
-- no longer to be claimed. Takes the batch's advisory lock, which chunks and steps of staging
-- share: it waits for those under way, and what comes later waits holding nothing. A row lock would
-- not do: sharers that overlap could keep it off for good, and one that holds a leaf and waits for
-- a row of ours would be a deadlock. Writes batch_worker_control. Raises M1002, M1003, M1010.
create or replace function month_end.fence_workers(
  p_batch_id text, p_ledger_id integer default 1)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_batch month_end.staging_month_end_master;
begin
  v_batch := month_end.find_batch(p_batch_id, p_ledger_id);
  perform pg_advisory_xact_lock(month_end.worker_lock_key(v_batch.batch_no, 0));
  v_batch := month_end.find_batch(p_batch_id, p_ledger_id);
  if v_batch.status in ('COMMITTED', 'COMPLETED') then
    perform month_end.raise_error('M1010', format('%s is %s', p_batch_id, v_batch.status),
      null, p_batch_id, p_ledger_id);
  end if;
  v_batch := month_end.lock_batch(p_batch_id, p_ledger_id, array['OPENED', 'SCOPED', 'NUMBERED',
    'PROCESSING', 'PROCESSED', 'STAGED', 'VALIDATED']);
  update month_end.batch_worker_control
     set lease_token = nextval('month_end.lease_token_seq'), status = 'FAILED',
         error_sqlstate = 'M1007', error_message = 'the batch is being cancelled'
   where batch_no = v_batch.batch_no;
end
$$;

comment on function month_end.fence_workers(text, integer) is
  'Keeps every session from writing for a batch that is to be cancelled.';
revoke all on function month_end.fence_workers(text, integer) from public;
grant execute on function month_end.fence_workers(text, integer) to monthend_operator;
