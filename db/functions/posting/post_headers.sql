-- The headers of a chunk; returns how many were stored. Rules are hashed, the last first, as a hash
-- gives the rows of a key in the reverse order: headers are then stored in the order of numbers.
create or replace function month_end.post_headers(
  p_chunk month_end.chunk, p_batch month_end.staging_month_end_master, p_table text)
returns bigint
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
set enable_nestloop = off
set enable_mergejoin = off
as $$
declare
  v_headers bigint;
begin
  execute format($sql$
    insert into ledger_data.%1$I
      (je_id, je_date, batch_no, reference_type, rule_set_id, entry_no, product_id,
       cost_center_id, currency_id, reference_id, origin_date)
    select $4 + s.entry_offset + e.entry_no - 1, s.transaction_date, $1, s.source, s.rule_set_id,
           e.entry_no, s.product_id, s.cost_center_id, s.currency_id, s.source_id, s.origin_date
      from month_end.%2$I s
      join (select e.rule_set_id, e.entry_no from books.rule_entry e
             order by e.entry_no desc) e using (rule_set_id)
     where s.entry_offset >= $2 and s.entry_offset < $3
    $sql$, p_table, 'scope_' || p_chunk.batch_no)
    using p_chunk.batch_no, p_chunk.first_offset, p_chunk.end_offset,
          month_end.je_id(p_batch.ledger_id, p_batch.period, p_batch.first_number);
  get diagnostics v_headers = row_count;
  return v_headers;
end
$$;

comment on function month_end.post_headers(
  month_end.chunk, month_end.staging_month_end_master, text) is
  'Stores the headers of a chunk and returns their number.';
revoke all on function month_end.post_headers(
  month_end.chunk, month_end.staging_month_end_master, text) from public;
