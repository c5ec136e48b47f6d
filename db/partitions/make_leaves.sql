-- The tables that a batch writes to. Bulk leaves are made apart, without indexes, with the tasks
-- that follow their load. The tail leaf of a period is made once, attached empty with its
-- indexes, and stays. Writes leaf_task. Called in phase 3, before any session works.
create or replace function month_end.make_leaves(p_batch_no integer)
returns void
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
declare
  v_leaf month_end.leaf;
  v_period books.period;
begin
  select p.* into strict v_period
    from books.period p
    join month_end.staging_month_end_master m using (ledger_id, period)
   where m.batch_no = p_batch_no;
  perform month_end.make_month(v_period.ledger_id, v_period.period);
  for v_leaf in
    select * from month_end.leaf l where l.batch_no = p_batch_no order by l.leaf_no
  loop
    continue when to_regclass(format('ledger_data.%I', v_leaf.header_table)) is not null;
    perform month_end.make_leaf('journal_entry_header', v_leaf.header_table,
      v_leaf.first_je_id, v_leaf.end_je_id, v_period);
    perform month_end.make_leaf('journal_entry_line', v_leaf.line_table,
      v_leaf.first_je_id, v_leaf.end_je_id, v_period);
    if v_leaf.is_tail then
      perform month_end.run_leaf_task(v_leaf, t.task) from month_end.leaf_tasks() t(task);
      perform month_end.attach_leaf(v_leaf);
    else
      insert into month_end.leaf_task (batch_no, leaf_no, task)
      select v_leaf.batch_no, v_leaf.leaf_no, t.task from month_end.leaf_tasks() t(task);
    end if;
  end loop;
  update month_end.leaf set is_attached = true where batch_no = p_batch_no and is_tail;
end
$$;

comment on function month_end.make_leaves(integer) is
  'Makes the leaf tables of a batch; a tail leaf is attached at once, empty.';
revoke all on function month_end.make_leaves(integer) from public;
