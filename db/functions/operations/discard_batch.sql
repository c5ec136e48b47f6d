-- Takes away what a batch has that is not committed: staging, scope and the number claim; the
-- period is given back; the batch row stays, CANCELLED, with its validation results and rejects.
-- Takes the batch's advisory lock before any row or table, see fence_workers.
-- Raises M1002, M1003, M1012.
create or replace function month_end.discard_batch(p_batch_id text, p_ledger_id integer default 1)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_batch month_end.staging_month_end_master;
begin
  perform pg_advisory_xact_lock(month_end.worker_lock_key(
    (month_end.find_batch(p_batch_id, p_ledger_id)).batch_no, 0));
  v_batch := month_end.lock_batch(p_batch_id, p_ledger_id, array['OPENED', 'SCOPED', 'NUMBERED',
    'PROCESSING', 'PROCESSED', 'STAGED', 'VALIDATED']);
  perform month_end.drop_batch_tables(v_batch.batch_no);
  perform month_end.keep_batch_work(v_batch.batch_no);
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

comment on function month_end.discard_batch(text, integer) is
  'Discards everything of an uncommitted batch but its record.';
revoke all on function month_end.discard_batch(text, integer) from public;
grant execute on function month_end.discard_batch(text, integer) to monthend_operator;
