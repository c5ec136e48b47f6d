-- Triggers against change on the table itself: one on the parent would not fire for a statement
-- that names the leaf.
create or replace function month_end.guard_posted_rows(p_schema text, p_table text)
returns void
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
begin
  execute format('create trigger posted_rows_stay before update or delete on %I.%I'
                 ' for each row execute function ledger_data.refuse_change()', p_schema, p_table);
  execute format('create trigger posted_table_stays before truncate on %I.%I'
                 ' for each statement execute function ledger_data.refuse_change()',
                 p_schema, p_table);
end
$$;

comment on function month_end.guard_posted_rows(text, text) is
  'Puts the triggers on a table that keep what is posted from being changed.';
revoke all on function month_end.guard_posted_rows(text, text) from public;
