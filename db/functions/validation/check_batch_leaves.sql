-- The batch's leaves as the catalogue has them: attached, valid unique keys, statistics, triggers.
-- A tail leaf may be too small to have been analyzed by anybody; autovacuum looks after it.
create or replace function month_end.check_batch_leaves(p_batch month_end.staging_month_end_master)
returns boolean
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
declare
  v_bad text;
  v_tables bigint;
begin
  select count(*), string_agg(t.name, ', ') filter (where not (
           exists (select from pg_inherits i where i.inhrelid = to_regclass(t.name))
           and (select count(*) from pg_index x where x.indrelid = to_regclass(t.name)
                 and x.indisvalid and x.indisready) = t.indexes
           and exists (select from pg_constraint k
                        where k.conrelid = to_regclass(t.name) and k.contype = 'p')
           and (select count(*) from pg_trigger g where g.tgrelid = to_regclass(t.name)
                 and g.tgfoid = 'ledger_data.refuse_change'::regproc and g.tgenabled = 'O') = 3
           and (t.is_tail or (select c.reltuples >= 0 from pg_class c
                               where c.oid = to_regclass(t.name)))))
    into v_tables, v_bad
    from (select format('ledger_data.%I', l.header_table) as name, 3 as indexes, l.is_tail
            from month_end.leaf l where l.batch_no = p_batch.batch_no
          union all
          select format('ledger_data.%I', l.line_table), 1, l.is_tail
            from month_end.leaf l where l.batch_no = p_batch.batch_no) t;
  return month_end.record_result(p_batch.batch_no, 'PRECOMMIT', 'LEAVES_READY', v_bad is null,
    format('%s tables attached, indexed, analyzed, guarded', v_tables), 'not so: ' || v_bad);
end
$$;

comment on function month_end.check_batch_leaves(month_end.staging_month_end_master) is
  'Pre-commit rule over the leaf tables of a batch.';
revoke all on function month_end.check_batch_leaves(month_end.staging_month_end_master) from public;
