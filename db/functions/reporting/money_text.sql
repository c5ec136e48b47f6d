-- No search_path: inlined, see je_id.
create or replace function month_end.money_text(p_amount numeric, p_minor_unit smallint)
returns text
language sql
immutable
security invoker
as $$
  -- never fewer decimals than are there: a rejected amount may be finer than its currency
  select round(p_amount, greatest(scale(p_amount), coalesce(p_minor_unit, 0)))::text
$$;

comment on function month_end.money_text(numeric, smallint) is
  'An amount as text with at least the decimals of its currency.';
revoke all on function month_end.money_text(numeric, smallint) from public;
grant execute on function month_end.money_text(numeric, smallint) to monthend_viewer;
