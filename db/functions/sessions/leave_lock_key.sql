-- Key of the advisory lock that a control plane holds to have a session of its own leave.
create or replace function month_end.leave_lock_key(p_pid integer)
returns bigint
language sql
immutable
security invoker
set search_path = pg_catalog, pg_temp
as $$
  select (x'4d48'::bigint << 46) + p_pid
$$;

comment on function month_end.leave_lock_key(integer) is
  'Advisory lock key that asks a session to leave.';
revoke all on function month_end.leave_lock_key(integer) from public;
grant execute on function month_end.leave_lock_key(integer) to monthend_operator;
