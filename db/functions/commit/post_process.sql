-- Phase 8. Nothing that a reader can see: working figures go that the chunks' and the batch's own
-- repeat, small tables that grow with every batch get statistics, the key figures are stored.
-- Raises M1002.
create or replace function month_end.post_process(
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
  v_batch := month_end.lock_batch(p_batch_id, p_ledger_id, array['COMMITTED']);
  perform month_end.start_phase(v_batch.batch_no, 8::smallint);
  perform month_end.keep_batch_work(v_batch.batch_no);
  delete from month_end.number_run where batch_no = v_batch.batch_no;
  delete from month_end.chunk_balance where batch_no = v_batch.batch_no;
  delete from month_end.worker_balance where batch_no = v_batch.batch_no;
  delete from month_end.worker_control where batch_no = v_batch.batch_no;
  update month_end.batch_worker_control set lease_pid = null
   where batch_no = v_batch.batch_no;
  analyze ledger_data.account_balance, ledger_data.batch_publication, month_end.chunk,
          month_end.staging_month_end_master, subledger.rejected_transaction,
          subledger.set_aside_transaction;
  update month_end.staging_month_end_master set completed_at = clock_timestamp()
   where batch_no = v_batch.batch_no;
  perform month_end.finish_phase(v_batch.batch_no, 8::smallint, 'COMPLETED',
    'the batch is complete');
  perform month_end.store_kpi(v_batch.batch_no);
end
$$;

comment on function month_end.post_process(text, integer) is
  'Phase 8: clears what the batch needs no more.';
revoke all on function month_end.post_process(text, integer) from public;
grant execute on function month_end.post_process(text, integer) to monthend_operator;
