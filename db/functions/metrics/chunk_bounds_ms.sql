-- ended_batch_work has counts by these bounds: they stay as they are.
create or replace function month_end.chunk_bounds_ms()
returns integer[]
language sql
immutable
security invoker
set search_path = pg_catalog, pg_temp
as $$
  select array[100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000]
$$;

comment on function month_end.chunk_bounds_ms() is
  'Upper bounds of the histogram of chunk times, in milliseconds.';
revoke all on function month_end.chunk_bounds_ms() from public;
grant execute on function month_end.chunk_bounds_ms() to monthend_viewer;
