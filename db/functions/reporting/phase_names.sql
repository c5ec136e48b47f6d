create or replace function month_end.phase_names()
returns table (phase smallint, name text)
language sql
immutable
security invoker
set search_path = pg_catalog, pg_temp
as $$
  values (1::smallint, 'pre-flight validation'), (2::smallint, 'number allocation'),
         (3::smallint, 'worker launch'), (4::smallint, 'parallel processing'),
         (5::smallint, 'per-worker validation'), (6::smallint, 'pre-commit validation'),
         (7::smallint, 'atomic commit'), (8::smallint, 'post-processing')
$$;

comment on function month_end.phase_names() is 'The eight phases and their names.';
revoke all on function month_end.phase_names() from public;
grant execute on function month_end.phase_names() to monthend_viewer;
