-- NOWAIT on the parent and the table, tried for about three seconds; the lock is never queued for,
-- so no reader ever stands behind it. Raises M1012 with the sessions that hold it.
create or replace function month_end.drop_table_unwaited(p_schema text, p_table text)
returns void
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
declare
  v_table regclass := to_regclass(format('%I.%I', p_schema, p_table));
  v_parent regclass;
  v_holders text;
begin
  if v_table is null then
    return;
  end if;
  select i.inhparent::regclass into v_parent from pg_inherits i where i.inhrelid = v_table;
  for v_try in 1..30 loop
    begin
      if v_parent is not null then
        execute format('lock table %s in access exclusive mode nowait', v_parent);
      end if;
      execute format('drop table %s', v_table);
      return;
    exception
      when lock_not_available then perform pg_sleep(0.1);
    end;
  end loop;
  select string_agg(distinct format('pid %s', l.pid), ', ') into v_holders
    from pg_locks l where l.relation in (v_table, v_parent) and l.granted
     and l.pid <> pg_backend_pid();
  perform month_end.raise_error('M1012', format('%s is read by %s', v_table, v_holders));
end
$$;

comment on function month_end.drop_table_unwaited(text, text) is
  'Drops a table without ever waiting in front of a reader; M1012 names who holds it.';
revoke all on function month_end.drop_table_unwaited(text, text) from public;
