-- Where a file of a source goes. Its columns are those of the header, in this order. A further
-- source adds its row here. Raises M2004.
create or replace function subledger.import_layout(
  p_source text, out source smallint, out table_name text, out columns text[])
returns record
language plpgsql
stable
security invoker
set search_path = pg_catalog, pg_temp
as $$
begin
  select s.source, v.table_name,
         array[v.id_column, 'policy_number', 'product_code', v.date_column, 'amount', 'currency',
               'cost_center']
    into source, table_name, columns
    from (values ('PREMIUM', 'premium_transaction', 'txn_id', 'payment_date'),
                 ('CLAIM', 'claims_transaction', 'claim_id', 'claim_date'))
           v (code, table_name, id_column, date_column)
    join books.source s on s.code = v.code
   where v.code = p_source;
  if not found then
    perform month_end.raise_error('M2004', format('source %L', p_source),
      'Files are imported for PREMIUM and CLAIM');
  end if;
end
$$;

comment on function subledger.import_layout(text) is
  'Table and columns that a source''s file is imported into; M2004.';
revoke all on function subledger.import_layout(text) from public;
