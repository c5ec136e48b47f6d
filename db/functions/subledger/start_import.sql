-- First call of an import, in the transaction that load_import ends: makes the staging table
-- pg_temp.import_line, which takes the file's lines by COPY and is gone with the transaction, and
-- returns the columns that the file must have. column_count and defect are what cutting the file
-- into lines found; where either is wrong, raw is given and the columns are null. Raises M2004.
create or replace function subledger.start_import(p_source text)
returns text[]
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set client_min_messages = warning
as $$
begin
  create temporary table import_line (
    line_no          bigint not null,
    column_count     bigint not null,
    defect           text,
    raw              text,                    -- null = the columns, joined by commas
    source_id        text,
    policy_number    text,
    product_code     text,
    transaction_date text,
    amount           text,
    currency         text,
    cost_center      text,
    defect_column    text,                    -- of a foreign layout: the file's own column, and
    defect_reason    text                     -- why; null = what the rule says by itself
  ) on commit drop;
  grant insert on pg_temp.import_line to monthend_operator;
  return (subledger.import_layout(p_source)).columns;
end
$$;

comment on function subledger.start_import(text) is
  'Makes the staging table of an import and returns the columns that its file must have.';
revoke all on function subledger.start_import(text) from public;
grant execute on function subledger.start_import(text) to monthend_operator;
