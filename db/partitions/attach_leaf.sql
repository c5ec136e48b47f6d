-- Attaches a leaf: its CHECK proves the bounds and its indexes match the parent's, so nothing is
-- scanned or built. SHARE UPDATE EXCLUSIVE on the month: no reader waits or is waited for.
create or replace function month_end.attach_leaf(p_leaf month_end.leaf)
returns void
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
declare
  v_batch month_end.staging_month_end_master;
  v_table record;
begin
  select * into strict v_batch
    from month_end.staging_month_end_master m where m.batch_no = p_leaf.batch_no;
  for v_table in
    select * from (values ('journal_entry_header', p_leaf.header_table),
                          ('journal_entry_line', p_leaf.line_table)) t(parent, leaf)
  loop
    execute format('alter table ledger_data.%I add primary key using index %I,'
                   ' reset (autovacuum_enabled)', v_table.leaf, v_table.leaf || '_key');
    execute format('alter table ledger_data.%I attach partition ledger_data.%I'
                   ' for values from (%L) to (%L)',
                   v_table.parent || '_' || replace(v_batch.period, '-', '_'), v_table.leaf,
                   p_leaf.first_je_id, p_leaf.end_je_id);
    execute format('create trigger posted_table_is_full before insert on ledger_data.%I'
                   ' for each %s execute function ledger_data.refuse_change()', v_table.leaf,
                   case when p_leaf.is_tail then 'row' else 'statement' end);
  end loop;
end
$$;

comment on function month_end.attach_leaf(month_end.leaf) is
  'Attaches the header and line tables of a loaded, indexed leaf to their month.';
revoke all on function month_end.attach_leaf(month_end.leaf) from public;
