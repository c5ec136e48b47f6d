-- A month that has just been imported has no statistics yet, and the freeze would be planned for an
-- empty table. SHARE UPDATE EXCLUSIVE on the source tables: no reader or writer waits.
create or replace function month_end.analyze_sources()
returns void
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
begin
  analyze subledger.premium_transaction, subledger.claims_transaction, books.product,
          books.cost_center, books.currency, books.rule_set;
end
$$;

comment on function month_end.analyze_sources() is 'Statistics of what the freeze reads.';
revoke all on function month_end.analyze_sources() from public;
