-- Phase 4: one chunk, from scope to stored entries, in the caller's transaction. It must come out
-- as its manifest says, and its last statement, the checkpoint, must find the worker still leased
-- to this token: a session presumed dead that wakes up fails here and leaves nothing.
-- Takes the batch's advisory lock shared, first of all: a cancel waits for the chunk under way, and
-- the next chunk for the cancel while it holds nothing that the cancel needs.
-- Its commit doesn't wait for the disk: entries and checkpoint are lost together or not at all, and
-- the next commit that waits, that of the batch's next state at the latest, waits for them all.
-- Writes the chunk's leaf, chunk, chunk_balance, batch_worker_control, event.
-- Raises M4001, M1007.
create or replace function month_end.process_chunk(
  p_batch_no integer, p_worker_id integer, p_chunk_no integer, p_lease_token bigint)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set work_mem = '256MB'
as $$
declare
  v_started_at timestamptz := clock_timestamp();
  v_chunk month_end.chunk;
  v_done record;
begin
  perform set_config('synchronous_commit', 'off', true);
  perform pg_advisory_xact_lock_shared(month_end.worker_lock_key(p_batch_no, 0));
  select * into v_chunk from month_end.chunk c
   where c.batch_no = p_batch_no and c.chunk_no = p_chunk_no;
  if v_chunk.chunk_no is null then
    perform month_end.raise_error('M1007', format('chunk %s is gone with its batch', p_chunk_no),
      'The batch was cancelled; nothing was written');
  elsif v_chunk.completed_at is not null then
    perform month_end.raise_error('M4001', format('chunk %s is done already', p_chunk_no));
  end if;
  select * into strict v_done from month_end.post_chunk(v_chunk);
  if (v_done.transactions, v_done.headers, v_done.lines, v_done.amount)
     is distinct from (v_chunk.transaction_count, v_chunk.entry_count, v_chunk.line_count,
                       v_chunk.amount) then
    perform month_end.raise_error('M4001', format(
      'chunk %s: %s transactions of %s, %s headers of %s, %s lines of %s, amount %s of %s',
      p_chunk_no,
      v_done.transactions, v_chunk.transaction_count, v_done.headers, v_chunk.entry_count,
      v_done.lines, v_chunk.line_count, v_done.amount, v_chunk.amount));
  end if;
  update month_end.chunk
     set completed_at = clock_timestamp(), first_block = v_done.first_block,
         block_hashes = v_done.block_hashes,
         busy_ms = extract(epoch from clock_timestamp() - v_started_at) * 1000
   where batch_no = p_batch_no and chunk_no = p_chunk_no;
  perform month_end.record_event(p_batch_no, 'CHECKPOINT', format('worker %s: chunk %s, %s entries',
    p_worker_id, p_chunk_no, v_chunk.entry_count), p_worker_id);
  update month_end.batch_worker_control w
     set checkpoint = p_chunk_no, processed_count = w.processed_count + v_chunk.transaction_count,
         busy_ms = w.busy_ms + extract(epoch from clock_timestamp() - v_started_at) * 1000,
         attempts = 0, error_sqlstate = null, error_message = null,
         status = case when p_chunk_no = w.last_chunk then 'PROCESSED' else w.status end
   where w.batch_no = p_batch_no and w.worker_id = p_worker_id and w.lease_token = p_lease_token
     and w.status = 'RUNNING' and p_chunk_no = coalesce(w.checkpoint + 1, w.first_chunk);
  if not found then
    perform month_end.raise_error('M1007', format('worker %s, chunk %s', p_worker_id, p_chunk_no));
  end if;
end
$$;

comment on function month_end.process_chunk(integer, integer, integer, bigint) is
  'Posts one chunk and moves its worker''s checkpoint; M4001 or M1007 undo it whole.';
revoke all on function month_end.process_chunk(integer, integer, integer, bigint) from public;
