-- Autovacuum of tables that a batch loads or only reads once: its scope, and the tail leaf of a
-- supplement. Bulk leaves are made without and get it when they are attached. Part of the change of
-- the batch's state, so that one is never without the other. SHARE UPDATE EXCLUSIVE on the tables.
create or replace function month_end.set_autovacuum(p_batch_no integer, p_is_on boolean)
returns void
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
declare
  v_table text;
begin
  for v_table in
    select format('month_end.%I', 'scope_' || p_batch_no)
    union all
    select format('ledger_data.%I', t.name)
      from month_end.leaf l
     cross join lateral (values (l.header_table), (l.line_table)) t(name)
     where l.batch_no = p_batch_no and l.is_tail
  loop
    continue when to_regclass(v_table) is null;
    execute format('alter table %s %s', v_table,
      case when p_is_on then 'reset (autovacuum_enabled)'
           else 'set (autovacuum_enabled = false)' end);
  end loop;
end
$$;

comment on function month_end.set_autovacuum(integer, boolean) is
  'Keeps autovacuum off the scope and the tail leaf of a batch, or lets it at them again.';
revoke all on function month_end.set_autovacuum(integer, boolean) from public;
