-- Functions and views in the database against what was installed. The control plane holds what was
-- installed against its files, too: outdated_files.
create or replace function month_end.diagnose_functions(p_facts jsonb)
returns table (severity text, subject text, finding text, query text, fix text)
language sql
stable
security invoker
set search_path = pg_catalog, pg_temp
as $$
  select case when count(*) = 0 then 'ok' else 'error' end, 'functions',
         case when count(*) = 0 then 'as installed'
              else format('%s differ: %s', count(*), string_agg(f.object, ', ')) end,
         'select * from month_end.drifted_functions()', './monthend install'
    from (select d.object || ' ' || d.how as object
            from month_end.drifted_functions() d where d.how <> 'is not ours'
          union all
          select o.path || ' is of another version'
            from jsonb_array_elements_text(p_facts -> 'outdated_files') o(path)) f
  union all
  select 'warning', 'functions', d.object || ' is not ours',
         'select * from month_end.drifted_functions()', 'Drop it, or move it to another schema'
    from month_end.drifted_functions() d where d.how = 'is not ours'
$$;

comment on function month_end.diagnose_functions(jsonb) is
  'Findings about functions that are not what was installed.';
revoke all on function month_end.diagnose_functions(jsonb) from public;
