-- The longest first, so that two sessions end at about the same time.
create or replace function month_end.leaf_tasks()
returns setof text
language sql
immutable
security invoker
set search_path = pg_catalog, pg_temp
as $$
  values ('LINE_KEY'), ('HEADER_REFERENCE'), ('HEADER_KEY'), ('HEADER_DATE'),
         ('LINE_STATISTICS'), ('HEADER_STATISTICS')
$$;

comment on function month_end.leaf_tasks() is 'What is done to a leaf after its load, in order.';
revoke all on function month_end.leaf_tasks() from public;
