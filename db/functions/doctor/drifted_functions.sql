-- Changed, removed or added by hand since the last installation.
create or replace function month_end.drifted_functions()
returns table (object text, name text, how text)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(i.object, f.object), coalesce(i.name, f.name),
         case when f.object is null then 'is gone' when i.object is null then 'is not ours'
              else 'was changed' end
    from month_end.installed_function i
    full join month_end.hash_functions() f on f.object = i.object
   where f.hash is distinct from i.hash
     and exists (select from month_end.installed_function)
$$;

comment on function month_end.drifted_functions() is
  'Functions and views that are not as the last installation left them.';
revoke all on function month_end.drifted_functions() from public;
grant execute on function month_end.drifted_functions() to monthend_viewer;
