-- Ends a batch that is not committed: staging, scope and the number claim go, the period is given
-- back, the batch row stays, CANCELLED, with its validation results. Sessions still at work lose
-- their lease and fail at their checkpoint. Raises M1002, M1003, M1010, M1012.
create or replace function month_end.cancel(p_batch_id text, p_ledger_id integer default 1)
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
  if v_batch.status in ('COMMITTED', 'COMPLETED') then
    perform month_end.raise_error('M1010', format('%s is %s', p_batch_id, v_batch.status));
  end if;
  v_batch := month_end.lock_batch(p_batch_id, p_ledger_id, array['OPENED', 'SCOPED', 'NUMBERED',
    'PROCESSING', 'PROCESSED', 'STAGED', 'VALIDATED']);
  -- fences the sessions first: their checkpoint no longer finds its token
  update month_end.batch_worker_control
     set lease_token = nextval('month_end.lease_token_seq'),
         status = case when status in ('PENDING', 'RUNNING') then 'FAILED' else status end,
         error_sqlstate = 'M1007', error_message = 'the batch was cancelled'
   where batch_no = v_batch.batch_no;
  perform month_end.drop_batch_tables(v_batch.batch_no);
  delete from month_end.chunk where batch_no = v_batch.batch_no;
  delete from month_end.chunk_balance where batch_no = v_batch.batch_no;
  delete from month_end.worker_balance where batch_no = v_batch.batch_no;
  delete from month_end.worker_control where batch_no = v_batch.batch_no;
  delete from ledger_data.account_balance where batch_no = v_batch.batch_no;
  delete from ledger_data.batch_publication where batch_no = v_batch.batch_no;
  delete from subledger.set_aside_transaction where batch_no = v_batch.batch_no;
  perform month_end.release_period(v_batch);
  update month_end.staging_month_end_master
     set status = 'CANCELLED', first_number = null, last_number = null, digest = null
   where batch_no = v_batch.batch_no;
  perform month_end.record_event(v_batch.batch_no, 'CANCELLED', 'cancelled by ' || session_user);
end
$$;

comment on function month_end.cancel(text, integer) is
  'Cancels a batch before its commit and takes everything of it away but its record.';
revoke all on function month_end.cancel(text, integer) from public;
grant execute on function month_end.cancel(text, integer) to monthend_operator;
