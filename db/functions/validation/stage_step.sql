-- Phase 5, one step of it: a task of a leaf (index, statistics), or the validation of a worker
-- once the keys of all leaves are built, or, when nothing is left, the attaching. Steps are claimed
-- by their row with SKIP LOCKED and end with the caller's transaction, so a session that dies
-- leaves its step to the next. Takes the batch's advisory lock shared, so that a cancel waits for
-- the step and never meets it. As with chunks, only the last commit, STAGED, waits for the disk.
-- Returns STEP, WAIT (others are at it), DONE or FAILED.
create or replace function month_end.stage_step(
  p_batch_id text, p_ledger_id integer default 1)
returns text
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_batch month_end.staging_month_end_master;
  v_started_at timestamptz := clock_timestamp();
  v_task month_end.leaf_task;
  v_worker_id integer;
begin
  v_batch := month_end.find_batch(p_batch_id, p_ledger_id);
  perform pg_advisory_xact_lock_shared(month_end.worker_lock_key(v_batch.batch_no, 0));
  v_batch := month_end.find_batch(p_batch_id, p_ledger_id);
  if v_batch.status <> 'PROCESSED' then
    return 'DONE';
  end if;
  select k.* into v_task
    from month_end.leaf_task k
    join month_end.leaf_tasks() with ordinality t(task, place) using (task)
   where k.batch_no = v_batch.batch_no and k.done_at is null
   order by t.place, k.leaf_no
   limit 1 for update of k skip locked;
  if v_task.task is not null then
    perform set_config('synchronous_commit', 'off', true);
    perform month_end.run_leaf_task(l, v_task.task) from month_end.leaf l
     where l.batch_no = v_task.batch_no and l.leaf_no = v_task.leaf_no;
    update month_end.leaf_task k
       set done_at = clock_timestamp(),
           busy_ms = extract(epoch from clock_timestamp() - v_started_at) * 1000
     where (k.batch_no, k.leaf_no, k.task) = (v_task.batch_no, v_task.leaf_no, v_task.task);
    return 'STEP';
  elsif exists (select from month_end.leaf_task k
                 where k.batch_no = v_batch.batch_no and k.done_at is null
                   and k.task in ('LINE_KEY', 'HEADER_KEY')) then
    return 'WAIT';
  end if;
  select w.worker_id into v_worker_id
    from month_end.batch_worker_control w
   where w.batch_no = v_batch.batch_no and w.status = 'PROCESSED'
   order by w.worker_id
   limit 1 for update skip locked;
  if v_worker_id is not null then
    perform set_config('synchronous_commit', 'off', true);
    perform month_end.validate_worker(v_batch.batch_no, v_worker_id);
    return 'STEP';
  elsif exists (select from month_end.leaf_task k
                 where k.batch_no = v_batch.batch_no and k.done_at is null) then
    return 'WAIT';
  end if;
  return month_end.finish_staging(v_batch.batch_no);
end
$$;

comment on function month_end.stage_step(text, integer) is
  'Does one step of phase 5; returns STEP, WAIT, DONE or FAILED.';
revoke all on function month_end.stage_step(text, integer) from public;
grant execute on function month_end.stage_step(text, integer) to monthend_operator;
