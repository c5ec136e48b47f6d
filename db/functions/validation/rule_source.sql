-- The SQL behind a validation rule, as it is installed: the function that records its result, and
-- for a rule over single rows the view that judges them.
create or replace function month_end.rule_source(p_rule text)
returns table (function_name text, purpose text, sql text)
language sql
stable
security invoker
set search_path = pg_catalog, pg_temp
as $$
  select p.proname::text, obj_description(p.oid, 'pg_proc'), pg_get_functiondef(p.oid)
    from pg_proc p
   where p.pronamespace = 'month_end'::regnamespace and p.prokind = 'f'
     and p_rule ~ '^[A-Z_]{3,60}$' and position(quote_literal(p_rule) in p.prosrc) > 0
     and position('record_result' in p.prosrc) > 0
   union all
  select c.relname::text, obj_description(c.oid, 'pg_class'), pg_get_viewdef(c.oid)
    from pg_class c
   where c.oid = 'month_end.transaction_check'::regclass and p_rule ~ '^[A-Z_]{3,60}$'
     and position(quote_literal(p_rule) in pg_get_viewdef(c.oid)) > 0
   order by 1
$$;

comment on function month_end.rule_source(text) is
  'The functions and views that check a validation rule, with their text.';
revoke all on function month_end.rule_source(text) from public;
grant execute on function month_end.rule_source(text) to monthend_viewer;
