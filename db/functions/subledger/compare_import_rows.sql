-- Compares the good rows that were neither loaded nor corrected with what is here under their id,
-- in pg_temp.import_comparison. Returns how many are the same: amounts by value, 28.5 is 28.50.
create or replace function subledger.compare_import_rows(p_import_id bigint, p_source smallint)
returns bigint
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
begin
  create temporary table import_comparison on commit drop as
  select r.line_no,
         (r.policy_number, r.product_code, r.transaction_date, r.amount, r.currency,
          r.cost_center) is not distinct from
         (t.policy_number, t.product_code, t.transaction_date, t.amount, t.currency,
          t.cost_center) as is_same
    from pg_temp.import_row r
    join subledger.transaction t on t.source = p_source and t.source_id = r.source_id
   where r.rule is null
     and (t.import_id, t.import_line) is distinct from (p_import_id, r.line_no);
  return (select count(*) from pg_temp.import_comparison c where c.is_same);
end
$$;

comment on function subledger.compare_import_rows(bigint, smallint) is
  'Compares the rows of an import whose id is here already; returns how many are the same.';
revoke all on function subledger.compare_import_rows(bigint, smallint) from public;
