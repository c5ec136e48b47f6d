-- The scope of a batch in runs of about p_chunk_entries entries: whole transactions, each in the
-- run that its first entry falls into. By EXECUTE on the batch's own partition: read in parallel,
-- and planned with its statistics, which the parent has not; joined to the runs by number, which
-- tells the planner that they are few, so that each process adds up for itself.
create or replace function month_end.cut_chunks(
  p_batch_no integer, p_entries bigint, p_chunk_entries bigint)
returns table (first_offset bigint, end_offset bigint, transactions bigint, lines bigint,
               amount numeric)
language plpgsql
stable
security invoker
set search_path = pg_catalog, pg_temp
set work_mem = '256MB'
as $$
begin
  return query execute format($sql$
    select min(s.entry_offset), max(s.entry_offset + s.entry_count), count(*),
           sum(r.line_count)::bigint, sum(abs(s.amount))
      from month_end.%I s
      join books.rule_set r using (rule_set_id)
      join generate_series(0, %s) run(no) on run.no = s.entry_offset / %s
     group by run.no
    $sql$, 'scope_' || p_batch_no, p_entries / p_chunk_entries, p_chunk_entries);
end
$$;

comment on function month_end.cut_chunks(integer, bigint, bigint) is
  'Runs of the scope that become chunks, with their counts and absolute amounts.';
revoke all on function month_end.cut_chunks(integer, bigint, bigint) from public;
