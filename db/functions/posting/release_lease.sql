drop function if exists month_end.release_worker(integer, integer);

create or replace function month_end.release_lease(p_lease_token bigint)
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
  while pg_advisory_unlock(month_end.lease_lock_key(p_lease_token)) loop
  end loop;
end
$$;

comment on function month_end.release_lease(bigint) is
  'Gives the advisory lock of a lease back: its worker is free.';
revoke all on function month_end.release_lease(bigint) from public;
grant execute on function month_end.release_lease(bigint) to monthend_operator;
