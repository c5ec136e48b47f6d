-- One table of a leaf: made apart, with the CHECK that proves its bounds, so that attaching it
-- needs no scan. Autovacuum stays away until it is loaded.
create or replace function month_end.make_leaf(
  p_parent text, p_table text, p_first_je_id bigint, p_end_je_id bigint, p_period books.period)
returns void
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
begin
  execute format('create table ledger_data.%I (like ledger_data.%I including constraints,'
    ' constraint bounds check (je_id >= %L::bigint and je_id < %L::bigint'
    ' and je_date >= %L::date and je_date < %L::date)) with (autovacuum_enabled = false)',
    p_table, p_parent, p_first_je_id, p_end_je_id, p_period.first_day, p_period.next_first_day);
  perform month_end.guard_posted_rows('ledger_data', p_table);
end
$$;

comment on function month_end.make_leaf(text, text, bigint, bigint, books.period) is
  'Makes an unattached leaf table with its bounds and its triggers.';
revoke all on function month_end.make_leaf(text, text, bigint, bigint, books.period) from public;
