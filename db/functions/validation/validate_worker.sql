-- Phase 5: what a worker has stored, read back: its numbers without gap, every entry balanced in
-- one currency, lines and balances as its chunks say, control lines as its scope rows say.
-- Writes worker_balance, worker_control, results; the worker is VALIDATED or FAILED.
create or replace function month_end.validate_worker(p_batch_no integer, p_worker_id integer)
returns void
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
declare
  v_batch month_end.staging_month_end_master;
  v_scope jsonb := (select jsonb_agg(s) from month_end.worker_scope(p_batch_no, p_worker_id) s);
  v_is_good boolean;
begin
  select * into strict v_batch from month_end.staging_month_end_master m
   where m.batch_no = p_batch_no;
  delete from month_end.batch_validation_results
   where batch_no = p_batch_no and stage = 'WORKER' and worker_id = p_worker_id;
  delete from month_end.worker_balance where batch_no = p_batch_no and worker_id = p_worker_id;
  delete from month_end.worker_control where batch_no = p_batch_no and worker_id = p_worker_id;
  v_is_good := month_end.check_worker_headers(p_batch_no, p_worker_id, v_scope);
  v_is_good := month_end.check_worker_lines(v_batch, p_worker_id, v_scope) and v_is_good;
  update month_end.batch_worker_control w
     set status = case when v_is_good then 'VALIDATED' else 'FAILED' end,
         error_sqlstate = case when v_is_good then null else 'M2002' end,
         error_message = case when v_is_good then null else 'validation has failed' end
   where w.batch_no = p_batch_no and w.worker_id = p_worker_id;
  if not v_is_good then
    perform month_end.record_event(p_batch_no, 'WORKER_FAILED',
      format('worker %s: validation has failed', p_worker_id), p_worker_id);
  end if;
end
$$;

comment on function month_end.validate_worker(integer, integer) is
  'Validates what a worker has stored and moves it to VALIDATED or FAILED.';
revoke all on function month_end.validate_worker(integer, integer) from public;
