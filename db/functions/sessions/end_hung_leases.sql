-- Takes the lease from sessions that make no checkpoint for session_hung_seconds and wait for no
-- lock; the try counts as a failed one. Whoever wakes up without its lease writes nothing (M1007).
-- A row that such a session has locked stays as it is: it is free when the session has ended.
-- Returns the processes, which are the caller's to end. Writes batch_worker_control, event.
create or replace function month_end.end_hung_leases()
returns integer[]
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_limit_seconds numeric := month_end.get_setting('session_hung_seconds')::numeric;
  v_pids integer[] := array(
    select s.pid from month_end.batch_session s
     where s.seconds_since_checkpoint > v_limit_seconds and s.blocked_by = '{}');
  v_worker month_end.batch_worker_control;
begin
  for v_worker in
    select w.* from month_end.batch_worker_control w
     where w.status = 'RUNNING' and w.lease_pid = any (v_pids)
       and (w.batch_no, w.worker_id) in (select s.batch_no, s.worker_id
                                           from month_end.batch_session s)
       for update of w skip locked
  loop
    perform month_end.fail_worker(v_worker.batch_no, v_worker.worker_id, v_worker.lease_token,
      'M4003', format('process %s made no checkpoint for over %s s', v_worker.lease_pid,
                      v_limit_seconds));
  end loop;
  return v_pids;
end
$$;

comment on function month_end.end_hung_leases() is
  'Takes their leases from hung sessions and returns their processes.';
revoke all on function month_end.end_hung_leases() from public;
grant execute on function month_end.end_hung_leases() to monthend_operator;
