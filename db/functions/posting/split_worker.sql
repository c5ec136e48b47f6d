-- Parts a worker behind the chunk that it is given up at: the chunks that follow become a worker of
-- their own, so that they are done, while the checkpoint of each goes on without a gap. Its number
-- is that of its first chunk behind those of the batch's workers: no two splits make the same.
-- The caller has locked the worker's row. Writes chunk, batch_worker_control.
create or replace function month_end.split_worker(p_batch_no integer, p_worker_id integer)
returns void
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
declare
  v_worker month_end.batch_worker_control;
  v_bad_chunk integer;
  v_rest_id integer;
begin
  select * into strict v_worker from month_end.batch_worker_control w
   where w.batch_no = p_batch_no and w.worker_id = p_worker_id;
  v_bad_chunk := coalesce(v_worker.checkpoint + 1, v_worker.first_chunk);
  if v_bad_chunk >= v_worker.last_chunk then
    return;
  end if;
  select m.worker_count + v_bad_chunk + 1 into strict v_rest_id
    from month_end.staging_month_end_master m where m.batch_no = p_batch_no;
  update month_end.chunk set worker_id = v_rest_id
   where batch_no = p_batch_no and chunk_no between v_bad_chunk + 1 and v_worker.last_chunk;
  insert into month_end.batch_worker_control
    (batch_no, worker_id, first_chunk, last_chunk, transaction_count, entry_count)
  select p_batch_no, v_rest_id, min(c.chunk_no), max(c.chunk_no), sum(c.transaction_count),
         sum(c.entry_count)
    from month_end.chunk c where c.batch_no = p_batch_no and c.worker_id = v_rest_id;
  update month_end.batch_worker_control w
     set last_chunk = v_bad_chunk, transaction_count = w.transaction_count - r.transaction_count,
         entry_count = w.entry_count - r.entry_count
    from month_end.batch_worker_control r
   where (w.batch_no, w.worker_id) = (p_batch_no, p_worker_id)
     and (r.batch_no, r.worker_id) = (p_batch_no, v_rest_id);
end
$$;

comment on function month_end.split_worker(integer, integer) is
  'Makes the chunks behind the one that a worker is given up at a worker of their own.';
revoke all on function month_end.split_worker(integer, integer) from public;
