-- Replaces the rejected rows that may be corrected now; the row trigger keeps before and after.
-- Returns how many were replaced.
create or replace function subledger.apply_import_corrections(
  p_import_id bigint, p_table text, p_columns text[])
returns bigint
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
declare
  v_corrected bigint;
begin
  execute format($sql$
    update subledger.%I t
       set policy_number = r.policy_number, product_code = r.product_code,
           %I = r.transaction_date, amount = r.amount, currency = r.currency,
           cost_center = r.cost_center, import_id = $1, import_line = r.line_no,
           recorded_at = clock_timestamp()
      from pg_temp.import_row r
      join pg_temp.import_correction c on c.line_no = r.line_no and c.verdict = 'CORRECT'
     where t.%I = r.source_id
    $sql$, p_table, p_columns[4], p_columns[1])
    using p_import_id;
  get diagnostics v_corrected = row_count;
  return v_corrected;
end
$$;

comment on function subledger.apply_import_corrections(bigint, text, text[]) is
  'Replaces rejected rows by the corrected ones of an import.';
revoke all on function subledger.apply_import_corrections(bigint, text, text[]) from public;
