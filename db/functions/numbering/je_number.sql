-- No search_path: inlined into the views, see je_id. The casts say ::text, as || with a number is
-- stable, and such a function is not inlined.
create or replace function month_end.je_number(p_je_id bigint)
returns text
language sql
immutable
parallel safe
security invoker
as $$
  select 'JE-' || (p_je_id / 10000000000000000)::text
         || '-' || lpad((p_je_id / 1000000000000 % 10000)::text, 4, '0')
         || '-' || lpad((p_je_id / 10000000000 % 100)::text, 2, '0')
         || '-' || lpad((p_je_id % 10000000000)::text, 10, '0')
$$;

comment on function month_end.je_number(bigint) is
  'JE-<ledger>-<year>-<month>-<ten digits>: the number of an entry as people write it.';
revoke all on function month_end.je_number(bigint) from public;
grant execute on function month_end.je_number(bigint) to monthend_viewer;
