-- Budgets are those of ten million transactions. Shares are what the phases took of a million on
-- two cores (docs/decisions.md): a ledger's first batch is estimated by them.
create or replace function month_end.phase_budgets()
returns table (phase smallint, budget_seconds integer, share numeric)
language sql
immutable
security invoker
set search_path = pg_catalog, pg_temp
as $$
  values (1::smallint, 120, 0.20), (2::smallint, 30, 0.015), (3::smallint, 30, 0.005),
         (4::smallint, 720, 0.41), (5::smallint, 60, 0.35), (6::smallint, 120, 0.01),
         (7::smallint, 240, 0.005), (8::smallint, 120, 0.005)
$$;

comment on function month_end.phase_budgets() is
  'Seconds that each phase may take, and the share of a batch that it usually takes.';
revoke all on function month_end.phase_budgets() from public;
grant execute on function month_end.phase_budgets() to monthend_viewer;
