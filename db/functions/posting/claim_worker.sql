-- Takes a worker that nobody works on: pending, or left by a session that is gone. Alive is who
-- holds the advisory lock of its lease; who may write is who has the newest token. Returns no row
-- where nothing is free. Sessions that claim at the same time don't wait for each other, nor for
-- the disk: a lease that a crash takes back has no chunk. Writes the lease.
create or replace function month_end.claim_worker(
  p_batch_no integer, out worker_id integer, out lease_token bigint)
returns record
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_candidate record;
begin
  perform set_config('synchronous_commit', 'off', true);
  -- by the status first: pending ones are mostly free, running ones mostly not; then from the leaf
  -- that the fewest are at: rows that one session writes lie in the order of their numbers, which
  -- the index build likes, and sessions don't meet where a table is extended
  for v_candidate in
    select w.worker_id, w.status, w.lease_token
      from (select w.worker_id, w.status, w.lease_token, w.retry_at,
                   count(*) filter (where w.status = 'RUNNING')
                     over (partition by c.leaf_no) as others
              from month_end.batch_worker_control w
              join month_end.chunk c on c.batch_no = w.batch_no and c.chunk_no = w.first_chunk
             where w.batch_no = p_batch_no) w
     where w.status in ('PENDING', 'RUNNING')
       and (w.retry_at is null or w.retry_at <= clock_timestamp())
     order by w.status, w.others, w.worker_id
  loop
    continue when v_candidate.status = 'RUNNING'
      and not pg_try_advisory_xact_lock(month_end.lease_lock_key(v_candidate.lease_token));
    perform from month_end.batch_worker_control w
      where w.batch_no = p_batch_no and w.worker_id = v_candidate.worker_id
        for update of w skip locked;
    continue when not found;
    update month_end.batch_worker_control w
       set status = 'RUNNING', lease_token = nextval('month_end.lease_token_seq'),
           lease_pid = pg_backend_pid(), leased_by = month_end.session_name(),
           leased_at = clock_timestamp()
     where w.batch_no = p_batch_no and w.worker_id = v_candidate.worker_id
       and w.status = v_candidate.status
       and w.lease_token is not distinct from v_candidate.lease_token
    returning w.worker_id, w.lease_token into claim_worker.worker_id, claim_worker.lease_token;
    exit when claim_worker.worker_id is not null;
  end loop;
  perform pg_advisory_lock(month_end.lease_lock_key(claim_worker.lease_token));
end
$$;

comment on function month_end.claim_worker(integer) is
  'Leases a free worker to this session; nulls where there is none.';
revoke all on function month_end.claim_worker(integer) from public;
grant execute on function month_end.claim_worker(integer) to monthend_operator;
