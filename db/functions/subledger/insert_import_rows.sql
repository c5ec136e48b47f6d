-- Loads the good rows whose id is new; of several with one id the first line. Waits for an insert
-- of the same id that is under way elsewhere. Returns how many were loaded.
create or replace function subledger.insert_import_rows(
  p_import_id bigint, p_table text, p_columns text[])
returns bigint
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
declare
  v_loaded bigint;
begin
  execute format($sql$
    insert into subledger.%I (%s, import_id, import_line)
    select r.source_id, r.policy_number, r.product_code, r.transaction_date, r.amount, r.currency,
           r.cost_center, $1, r.line_no
      from pg_temp.import_row r
     where r.rule is null
     order by r.line_no
        on conflict (%I) do nothing
    $sql$, p_table, (select string_agg(quote_ident(c), ', ' order by n)
                       from unnest(p_columns) with ordinality u (c, n)), p_columns[1])
    using p_import_id;
  get diagnostics v_loaded = row_count;
  return v_loaded;
end
$$;

comment on function subledger.insert_import_rows(bigint, text, text[]) is
  'Inserts the good rows of an import whose id is new.';
revoke all on function subledger.insert_import_rows(bigint, text, text[]) from public;
