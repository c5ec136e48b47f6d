-- Makes failed workers claimable again: those that had posted all their chunks are validated
-- again, the others go on after their checkpoint. Writes audit_log. Raises
-- M1002 for a batch that has ended.
create or replace function month_end.retry_failed_workers(
  p_batch_id text, p_ledger_id integer default 1)
returns bigint
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_batch month_end.staging_month_end_master;
  v_count bigint;
begin
  v_batch := month_end.find_batch(p_batch_id, p_ledger_id);
  if v_batch.status in ('FAILED', 'CANCELLED') then
    perform month_end.raise_error('M1002', format('batch %s is %s', p_batch_id, v_batch.status),
      format('./monthend close %s%s begins a new attempt', v_batch.period,
             month_end.ledger_option(p_ledger_id)));
  end if;
  update month_end.batch_worker_control w
     set status = case when w.checkpoint = w.last_chunk then 'PROCESSED' else 'PENDING' end,
         attempts = 0, retry_at = null
   where w.batch_no = v_batch.batch_no and w.status = 'FAILED';
  get diagnostics v_count = row_count;
  if v_count > 0 then
    perform month_end.record_event(v_batch.batch_no, 'RETRY', v_count || ' failed workers again');
    perform month_end.record_audit('batch', format('%s/%s attempt %s', v_batch.ledger_id,
      v_batch.batch_id, v_batch.attempt), 'RETRIED', jsonb_build_object('workers', v_count));
  end if;
  return v_count;
end
$$;

comment on function month_end.retry_failed_workers(text, integer) is
  'Makes the failed workers of a batch claimable again; returns how many.';
revoke all on function month_end.retry_failed_workers(text, integer) from public;
grant execute on function month_end.retry_failed_workers(text, integer) to monthend_operator;
