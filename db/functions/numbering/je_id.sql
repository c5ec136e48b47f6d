-- No search_path: SQL functions with SET clauses are not inlined, and this one stands in every
-- row's expression; it names nothing but built-in operators.
create or replace function month_end.je_id(p_ledger_id integer, p_period text, p_number bigint)
returns bigint
language sql
immutable
parallel safe
security invoker
as $$
  select (p_ledger_id::bigint * 1000000 + replace(p_period, '-', '')::bigint) * 10000000000
         + p_number
$$;

comment on function month_end.je_id(integer, text, bigint) is
  'je_id of an entry number of a period: (ledger * 10^6 + yyyymm) * 10^10 + number.';
revoke all on function month_end.je_id(integer, text, bigint) from public;
grant execute on function month_end.je_id(integer, text, bigint) to monthend_viewer;
