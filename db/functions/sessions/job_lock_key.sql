-- Key of the advisory lock that an attempt at a job holds while its session lives.
create or replace function month_end.job_lock_key(p_job_id uuid, p_attempt integer)
returns bigint
language sql
immutable
security invoker
set search_path = pg_catalog, pg_temp
as $$
  select (x'4d47'::bigint << 46)
         + (hashtextextended(p_job_id || '/' || p_attempt, 0) & x'3fffffffffff'::bigint)
$$;

comment on function month_end.job_lock_key(uuid, integer) is
  'Advisory lock key of an attempt at a job.';
revoke all on function month_end.job_lock_key(uuid, integer) from public;
grant execute on function month_end.job_lock_key(uuid, integer) to monthend_viewer;
