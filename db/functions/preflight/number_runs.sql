-- The scope of a batch in runs of about p_run_entries entries: whole transactions, each in the run
-- that its first entry falls into; and within a run by source, currency, day and rule set. By
-- EXECUTE on the batch's own partition: read in parallel, and planned with its statistics, which
-- the parent has not; joined to the runs by number, which tells the planner that they are few, so
-- that each process adds up for itself.
drop function if exists month_end.cut_chunks(integer, bigint, bigint);

create or replace function month_end.number_runs(
  p_batch_no integer, p_entries bigint, p_run_entries bigint)
returns setof month_end.number_run
language plpgsql
stable
security invoker
set search_path = pg_catalog, pg_temp
set work_mem = '256MB'
as $$
begin
  return query execute format($sql$
    select %s, run.no, s.source, s.currency_id, s.transaction_date, s.rule_set_id,
           min(s.entry_offset), count(*), sum(s.amount),
           coalesce(sum(s.amount) filter (where s.amount < 0), 0)
      from month_end.%I s
      join generate_series(0, %s) run(no) on run.no = s.entry_offset / %s
     group by run.no, s.source, s.currency_id, s.transaction_date, s.rule_set_id
    $sql$, p_batch_no, 'scope_' || p_batch_no, p_entries / p_run_entries, p_run_entries);
end
$$;

comment on function month_end.number_runs(integer, bigint, bigint) is
  'Adds up the scope of a batch by run of numbers, source, currency, day and rule set.';
revoke all on function month_end.number_runs(integer, bigint, bigint) from public;
