create or replace function month_end.drop_scope(p_batch_no integer)
returns void
language sql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
  delete from month_end.number_run where batch_no = p_batch_no;
  select month_end.drop_table_unwaited('month_end', 'scope_' || p_batch_no)
$$;

comment on function month_end.drop_scope(integer) is
  'Drops the scope of a batch that was not committed; M1012 when a report holds it.';
revoke all on function month_end.drop_scope(integer) from public;
