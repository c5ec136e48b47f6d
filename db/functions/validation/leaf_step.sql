-- One task of a leaf whose chunks are all stored, an index, or with p_statistics any; false where
-- there is none to take. Claimed by its row with SKIP LOCKED and ended with the caller's
-- transaction, so a session that dies leaves it to the next. Takes the batch's advisory lock
-- shared, so that a cancel waits for the task and never meets it. As with chunks, its commit
-- doesn't wait for the disk.
drop function if exists month_end.leaf_step(integer);

create or replace function month_end.leaf_step(p_batch_no integer, p_statistics boolean)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_started_at timestamptz := clock_timestamp();
  v_task month_end.leaf_task;
begin
  perform pg_advisory_xact_lock_shared(month_end.worker_lock_key(p_batch_no, 0));
  select k.* into v_task
    from month_end.leaf_task k
    join month_end.leaf_tasks() with ordinality t(task, place) using (task)
   where k.batch_no = p_batch_no and k.done_at is null
     and (p_statistics or k.task not in ('LINE_STATISTICS', 'HEADER_STATISTICS'))
     and not exists (select from month_end.chunk c
                      where c.batch_no = k.batch_no and c.leaf_no = k.leaf_no
                        and c.completed_at is null)
   order by t.place, k.leaf_no
   limit 1 for update of k skip locked;
  if v_task.task is null then
    return false;
  end if;
  perform set_config('synchronous_commit', 'off', true);
  perform month_end.run_leaf_task(l, v_task.task) from month_end.leaf l
   where l.batch_no = v_task.batch_no and l.leaf_no = v_task.leaf_no;
  update month_end.leaf_task k
     set done_at = clock_timestamp(),
         busy_ms = extract(epoch from clock_timestamp() - v_started_at) * 1000
   where (k.batch_no, k.leaf_no, k.task) = (v_task.batch_no, v_task.leaf_no, v_task.task);
  return true;
end
$$;

comment on function month_end.leaf_step(integer, boolean) is
  'Does one task of a leaf that is completely stored; false where none is free.';
revoke all on function month_end.leaf_step(integer, boolean) from public;
grant execute on function month_end.leaf_step(integer, boolean) to monthend_operator;
