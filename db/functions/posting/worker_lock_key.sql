-- Keys of a batch's advisory locks. The top bits keep them apart from keys of other programs in the
-- same database. Worker 0 stands for the batch: shared by every chunk and step of staging while it
-- lasts, and taken alone by a cancel.
create or replace function month_end.worker_lock_key(p_batch_no integer, p_worker_id integer)
returns bigint
language sql
immutable
security invoker
set search_path = pg_catalog, pg_temp
as $$
  select (x'4d45'::bigint << 46) + (p_batch_no::bigint << 12) + p_worker_id
$$;

comment on function month_end.worker_lock_key(integer, integer) is
  'Advisory lock key of a batch.';
revoke all on function month_end.worker_lock_key(integer, integer) from public;
