create or replace function books.read_rule_lines(p_entries jsonb)
returns table (entry_no bigint, is_debit boolean, no bigint, account text, share numeric,
               is_control boolean)
language sql
immutable
security invoker
set search_path = pg_catalog, pg_temp
as $$
  select e.no, s.side = 'debit', l.no, l.body ->> 'account', (l.body ->> 'share')::numeric,
         coalesce((l.body ->> 'control')::boolean, false)
    from jsonb_array_elements(p_entries) with ordinality e(body, no)
   cross join (values ('debit'), ('credit')) s(side)
   cross join lateral jsonb_array_elements(e.body -> s.side) with ordinality l(body, no)
$$;

comment on function books.read_rule_lines(jsonb) is
  'Lines of a rule document: entry, side, place, account code, share of the amount.';
revoke all on function books.read_rule_lines(jsonb) from public;
