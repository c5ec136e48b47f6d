-- Which leaf takes which je_ids. The first batch of a period gets bulk leaves of its own; every
-- later one writes into the period's tail leaf, which begins where the bulk leaves end and takes
-- all numbers that are left. Writes month_end.leaf.
create or replace function month_end.plan_leaves(p_batch_no integer)
returns void
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
declare
  v_batch month_end.staging_month_end_master;
  v_base bigint;
  v_suffix text;
begin
  select * into strict v_batch
    from month_end.staging_month_end_master m where m.batch_no = p_batch_no;
  v_base := month_end.je_id(v_batch.ledger_id, v_batch.period, 0);
  v_suffix := format('%s_%s', replace(v_batch.period, '-', '_'), v_batch.ledger_id);
  if v_batch.is_supplement then
    insert into month_end.leaf
      (batch_no, leaf_no, is_tail, header_table, line_table, first_je_id, end_je_id)
    select distinct p_batch_no, 1, true, 'journal_entry_header_' || v_suffix || '_tail',
           'journal_entry_line_' || v_suffix || '_tail',
           v_base + month_end.tail_start(v_batch.ledger_id, v_batch.period),
           v_base + 10000000000
      from month_end.chunk c where c.batch_no = p_batch_no;
  else
    insert into month_end.leaf
      (batch_no, leaf_no, is_tail, header_table, line_table, first_je_id, end_je_id)
    select p_batch_no, c.leaf_no, false,
           format('journal_entry_header_%s_b%s_%s', v_suffix, p_batch_no, c.leaf_no),
           format('journal_entry_line_%s_b%s_%s', v_suffix, p_batch_no, c.leaf_no),
           v_base + v_batch.first_number + min(c.first_offset),
           v_base + v_batch.first_number + max(c.end_offset)
      from month_end.chunk c where c.batch_no = p_batch_no
     group by c.leaf_no;
  end if;
end
$$;

comment on function month_end.plan_leaves(integer) is
  'Assigns the je_ids of a batch to bulk leaves or to the period''s tail leaf.';
revoke all on function month_end.plan_leaves(integer) from public;
