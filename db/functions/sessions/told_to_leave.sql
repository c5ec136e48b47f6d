-- Whether the control plane of this session is stopping: asked between chunks. Who asks holds the
-- lock alone; to have it shared for a moment is to be asked by nobody.
create or replace function month_end.told_to_leave()
returns boolean
language sql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
  select case when pg_try_advisory_lock_shared(month_end.leave_lock_key(pg_backend_pid()))
              then not pg_advisory_unlock_shared(month_end.leave_lock_key(pg_backend_pid()))
              else true end
$$;

comment on function month_end.told_to_leave() is
  'Whether the control plane of this session wants it to leave.';
revoke all on function month_end.told_to_leave() from public;
