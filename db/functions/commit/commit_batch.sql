-- Phase 7. One row flips and with it the batch is there, for every statement that begins after this
-- transaction's commit, whole. Its numbers are consumed and its period is CLOSED in the same
-- transaction. Milliseconds at any size. Takes the period row FOR UPDATE.
-- Raises M1002, M5001.
create or replace function month_end.commit_batch(
  p_batch_id text, p_ledger_id integer default 1)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_batch month_end.staging_month_end_master;
  v_now timestamptz;
begin
  v_batch := month_end.lock_batch(p_batch_id, p_ledger_id, array['VALIDATED']);
  perform month_end.start_phase(v_batch.batch_no, 7::smallint);
  perform from month_end.batch_validation_results r
    where r.batch_no = v_batch.batch_no and r.status = 'FAIL';
  if found then
    perform month_end.raise_error('M5001', month_end.failed_rules(p_batch_id, p_ledger_id),
      'Cancel the batch, correct what the rule names, close again');
  end if;
  v_now := clock_timestamp();
  update books.period set state = 'CLOSED', next_number = v_batch.last_number + 1
   where ledger_id = v_batch.ledger_id and period = v_batch.period
     and state = 'CLOSING' and next_number = v_batch.first_number;
  if not found then
    perform month_end.raise_error('M5001', format('period %s is not CLOSING at number %s',
      v_batch.period, v_batch.first_number), 'Cancel the batch and close again');
  end if;
  update ledger_data.batch_publication set is_published = true, published_at = v_now
   where batch_no = v_batch.batch_no and not is_published;
  if not found then
    perform month_end.raise_error('M5001', format('batch %s has no unpublished entries',
      p_batch_id), 'Cancel the batch and close again');
  end if;
  update month_end.staging_month_end_master set committed_at = v_now
   where batch_no = v_batch.batch_no;
  perform month_end.finish_phase(v_batch.batch_no, 7::smallint, 'COMMITTED',
    format('%s entries, numbers %s to %s', v_batch.actual_je_count, v_batch.first_number,
           v_batch.last_number));
end
$$;

comment on function month_end.commit_batch(text, integer) is
  'Phase 7: publishes the batch to all readers at once, consumes its numbers, closes its period.';
revoke all on function month_end.commit_batch(text, integer) from public;
grant execute on function month_end.commit_batch(text, integer) to monthend_operator;
