-- Of every function and view in our schemas: what would change what it does.
create or replace function month_end.hash_functions()
returns table (object text, name text, hash text)
language sql
stable
security invoker
set search_path = pg_catalog, pg_temp
as $$
  select format('%s.%s', p.pronamespace::regnamespace, p.oid::regprocedure), p.proname,
         md5(concat_ws('|', p.prosrc, p.proowner::regrole, p.prosecdef, p.provolatile,
                       p.proconfig::text, pg_get_function_arguments(p.oid), p.proisstrict))
    from pg_proc p
   where p.pronamespace in ('books'::regnamespace, 'subledger'::regnamespace,
     'month_end'::regnamespace, 'ledger_data'::regnamespace, 'ledger'::regnamespace)
  union all
  select c.oid::regclass::text, c.relname, md5(pg_get_viewdef(c.oid))
    from pg_class c
   where c.relkind = 'v' and c.relnamespace in ('books'::regnamespace, 'subledger'::regnamespace,
     'month_end'::regnamespace, 'ledger_data'::regnamespace, 'ledger'::regnamespace)
$$;

comment on function month_end.hash_functions() is
  'Functions and views of the product as they are in the database, each with a hash.';
revoke all on function month_end.hash_functions() from public;
