-- Keeps the error of a worker's chunk. Only the holder of the newest token may. A class that may
-- pass (40, 55P03, 53, and a hung session) leaves the worker to be taken again after a while, until
-- chunk_attempts are used up: 0.1 to 0.2 s at first, twice as long each time, 10 s at most. One
-- that is given up leaves the chunks behind that one to another worker.
create or replace function month_end.fail_worker(
  p_batch_no integer, p_worker_id integer, p_lease_token bigint, p_sqlstate text, p_message text)
returns void
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
declare
  v_may_pass boolean := p_sqlstate in ('55P03', 'M4003')
    or left(p_sqlstate, 2) in ('40', '53');
  v_status text;
begin
  update month_end.batch_worker_control w
     set attempts = w.attempts + 1, error_sqlstate = p_sqlstate, error_message = p_message,
         retry_at = clock_timestamp() + make_interval(
           secs => least(10, 0.1 * 2 ^ w.attempts * (1 + random()))),
         status = case when v_may_pass and w.attempts + 1
                         < month_end.get_setting('chunk_attempts')::integer
                       then 'PENDING' else 'FAILED' end
   where w.batch_no = p_batch_no and w.worker_id = p_worker_id and w.lease_token = p_lease_token
     and w.status in ('RUNNING', 'PROCESSED')
  returning w.status into v_status;
  if v_status is not null then
    perform month_end.record_event(p_batch_no, 'WORKER_' || v_status,
      format('worker %s: %s %s', p_worker_id, p_sqlstate, p_message), p_worker_id);
  end if;
  if v_status = 'FAILED' then
    perform month_end.split_worker(p_batch_no, p_worker_id);
  end if;
end
$$;

comment on function month_end.fail_worker(integer, integer, bigint, text, text) is
  'Records the error of a worker and decides whether it may be tried again.';
revoke all on function month_end.fail_worker(integer, integer, bigint, text, text) from public;
