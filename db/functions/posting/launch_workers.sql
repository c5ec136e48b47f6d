-- Phase 3. Makes the leaves and a control row a worker; sessions claim them from here on.
-- Writes leaves, batch_worker_control, master. Raises M1002, M1003.
create or replace function month_end.launch_workers(
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
  v_batch := month_end.lock_batch(p_batch_id, p_ledger_id, array['NUMBERED']);
  perform month_end.start_phase(v_batch.batch_no, 3::smallint);
  perform month_end.make_leaves(v_batch.batch_no);
  perform month_end.set_autovacuum(v_batch.batch_no, false);
  insert into month_end.batch_worker_control
    (batch_no, worker_id, first_chunk, last_chunk, transaction_count, entry_count)
  select v_batch.batch_no, c.worker_id, min(c.chunk_no), max(c.chunk_no),
         sum(c.transaction_count), sum(c.entry_count)
    from month_end.chunk c where c.batch_no = v_batch.batch_no
   group by c.worker_id;
  update month_end.staging_month_end_master set processing_started_at = clock_timestamp()
   where batch_no = v_batch.batch_no;
  perform month_end.finish_phase(v_batch.batch_no, 3::smallint, 'PROCESSING',
    format('%s workers wait for sessions', v_batch.worker_count));
  perform month_end.start_phase(v_batch.batch_no, 4::smallint);
end
$$;

comment on function month_end.launch_workers(text, integer) is
  'Phase 3: makes the leaves and the workers of a batch.';
revoke all on function month_end.launch_workers(text, integer) from public;
grant execute on function month_end.launch_workers(text, integer) to monthend_operator;
