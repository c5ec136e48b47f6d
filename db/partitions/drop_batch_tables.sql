-- Takes away what a cancelled batch leaves: bulk leaves, attached or not, its rows in the tail
-- leaf, its scope. An attached table can only go while nobody reads its parent; waiting for that
-- lock would hold up every new reader behind us, so it is tried without waiting, again and again.
-- Raises M1012 when a report has it all the time.
create or replace function month_end.drop_batch_tables(p_batch_no integer)
returns void
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
declare
  v_leaf month_end.leaf;
begin
  perform month_end.set_autovacuum(p_batch_no, true);
  for v_leaf in select * from month_end.leaf l where l.batch_no = p_batch_no loop
    if v_leaf.is_tail then
      if to_regclass(format('ledger_data.%I', v_leaf.header_table)) is not null then
        execute format('delete from ledger_data.%I where batch_no = $1', v_leaf.header_table)
          using p_batch_no;
        execute format('delete from ledger_data.%I where batch_no = $1', v_leaf.line_table)
          using p_batch_no;
      end if;
    else
      perform month_end.drop_table_unwaited('ledger_data', v_leaf.header_table);
      perform month_end.drop_table_unwaited('ledger_data', v_leaf.line_table);
    end if;
  end loop;
  delete from month_end.leaf where batch_no = p_batch_no;
  perform month_end.drop_scope(p_batch_no);
end
$$;

comment on function month_end.drop_batch_tables(integer) is
  'Drops staging and scope of a batch that was not committed; M1012 when a report holds them.';
revoke all on function month_end.drop_batch_tables(integer) from public;
