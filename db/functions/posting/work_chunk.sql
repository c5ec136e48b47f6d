-- The next chunk of a leased worker, errors caught so that the worker's lease is given back and
-- the error is kept with it; fail_worker says which are tried again. A cancelled statement is no
-- failure of the worker: it ends the session's work and is raised on.
-- Returns whether there is a further chunk to do.
create or replace function month_end.work_chunk(
  p_batch_no integer, p_worker_id integer, p_lease_token bigint)
returns boolean
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_worker month_end.batch_worker_control;
  v_message text;
  v_detail text;
begin
  select * into strict v_worker from month_end.batch_worker_control w
   where w.batch_no = p_batch_no and w.worker_id = p_worker_id;
  if v_worker.lease_token is distinct from p_lease_token or v_worker.status <> 'RUNNING' then
    perform month_end.release_lease(p_lease_token);
    return false;
  end if;
  perform month_end.process_chunk(p_batch_no, p_worker_id,
    coalesce(v_worker.checkpoint + 1, v_worker.first_chunk), p_lease_token);
  if coalesce(v_worker.checkpoint + 1, v_worker.first_chunk) = v_worker.last_chunk then
    perform month_end.release_lease(p_lease_token);
    return false;
  end if;
  return true;
exception
  when query_canceled then
    perform month_end.release_lease(p_lease_token);
    raise;
  when others then
    get stacked diagnostics v_message = message_text, v_detail = pg_exception_detail;
    perform month_end.release_lease(p_lease_token);
    perform month_end.fail_worker(p_batch_no, p_worker_id, p_lease_token, sqlstate,
                                  concat_ws(': ', v_message, nullif(v_detail, '')));
    return false;
end
$$;

comment on function month_end.work_chunk(integer, integer, bigint) is
  'Posts the next chunk of a leased worker; false when the lease has ended, done or failed.';
revoke all on function month_end.work_chunk(integer, integer, bigint) from public;
grant execute on function month_end.work_chunk(integer, integer, bigint) to monthend_operator;
