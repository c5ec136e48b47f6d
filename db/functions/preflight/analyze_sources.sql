-- A month that has just been imported has no statistics yet, and the freeze would be planned for an
-- empty table. Tables that autovacuum has looked after are left alone.
-- SHARE UPDATE EXCLUSIVE on the source tables: no reader or writer waits.
create or replace function month_end.analyze_sources()
returns void
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
declare
  v_table regclass;
begin
  for v_table in
    select s.relid from pg_stat_user_tables s join pg_class c on c.oid = s.relid
     where s.relid in ('subledger.premium_transaction'::regclass,
                       'subledger.claims_transaction'::regclass, 'books.product'::regclass,
                       'books.cost_center'::regclass, 'books.currency'::regclass,
                       'books.rule_set'::regclass)
       and (c.reltuples < 0 or s.n_mod_since_analyze > c.reltuples / 10)
  loop
    execute format('analyze %s', v_table);
  end loop;
end
$$;

comment on function month_end.analyze_sources() is
  'Statistics of what the freeze reads, where there are none or they are old.';
revoke all on function month_end.analyze_sources() from public;
