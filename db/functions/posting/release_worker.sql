create or replace function month_end.release_worker(p_batch_no integer, p_worker_id integer)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = error
as $$
begin
  -- as often as it was taken: a lease of this session that an error left behind goes too; the
  -- last try, which finds nothing held, would warn
  while pg_advisory_unlock(month_end.worker_lock_key(p_batch_no, p_worker_id)) loop
  end loop;
end
$$;

comment on function month_end.release_worker(integer, integer) is
  'Gives a worker''s advisory lock back.';
revoke all on function month_end.release_worker(integer, integer) from public;
grant execute on function month_end.release_worker(integer, integer) to monthend_operator;
