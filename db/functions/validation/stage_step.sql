-- Phase 5, one step of it: an index of a leaf, the validation of a worker once the keys of all
-- leaves are built, the statistics of a leaf, or, when nothing is left, the attaching. Short steps
-- come last, so that all sessions end at about the same time. A worker is claimed by its row with
-- SKIP LOCKED, as a task is. Takes the batch's advisory lock shared, so that a cancel waits for the
-- step and never meets it. As with chunks, only the last commit, STAGED, waits for the disk.
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
  v_worker_id integer;
begin
  v_batch := month_end.find_batch(p_batch_id, p_ledger_id);
  perform pg_advisory_xact_lock_shared(month_end.worker_lock_key(v_batch.batch_no, 0));
  v_batch := month_end.find_batch(p_batch_id, p_ledger_id);
  if v_batch.status <> 'PROCESSED' then
    return 'DONE';
  end if;
  if month_end.leaf_step(v_batch.batch_no, false) then
    return 'STEP';
  elsif exists (select from month_end.leaf_task k
                 where k.batch_no = v_batch.batch_no and k.done_at is null
                   and k.task in ('LINE_KEY', 'HEADER_KEY')) then
    return case when month_end.leaf_step(v_batch.batch_no, true) then 'STEP' else 'WAIT' end;
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
  elsif month_end.leaf_step(v_batch.batch_no, true) then
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
