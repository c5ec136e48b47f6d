-- The last step of an installation; what no file of it makes is left out, and stays a finding.
create or replace function month_end.store_installed_functions()
returns void
language sql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
  delete from month_end.installed_function;
  insert into month_end.installed_function (object, name, hash)
  select f.object, f.name, f.hash from month_end.hash_functions() f
   where exists (select from month_end.function_source s
                  where right(s.path, length(f.name) + 5) = '/' || f.name || '.sql')
$$;

comment on function month_end.store_installed_functions() is
  'Notes all functions and views as they are now: what later ones are held against.';
revoke all on function month_end.store_installed_functions() from public;
