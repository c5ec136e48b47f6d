-- Key of the session-level advisory lock that says a lease's session is alive. It belongs to the
-- token, not to the worker: a lease that is taken from a hung session is free at once, whatever
-- that session still holds. The top bits keep it apart from other keys.
create or replace function month_end.lease_lock_key(p_lease_token bigint)
returns bigint
language sql
immutable
security invoker
set search_path = pg_catalog, pg_temp
as $$
  select (x'4d46'::bigint << 46) + p_lease_token
$$;

comment on function month_end.lease_lock_key(bigint) is 'Advisory lock key of a worker''s lease.';
revoke all on function month_end.lease_lock_key(bigint) from public;
grant execute on function month_end.lease_lock_key(bigint) to monthend_viewer;
