-- Lines and balance of every entry of a worker, from the stored rows. They are read through their
-- key, in whose order the entries need neither hash nor sort. After check_worker_amounts, which has
-- counted the same lines, and added them up by currency: where there is one alone, no entry mixes
-- two.
create or replace function month_end.check_worker_entries(p_batch_no integer, p_worker_id integer)
returns boolean
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
set work_mem = '256MB'
set enable_seqscan = off
set enable_bitmapscan = off
set enable_hashagg = off
set enable_sort = off
as $$
declare
  v_range record;
  v_mixes text := 'min(l.currency_id) <> max(l.currency_id)';
  v_found record;
  v_expected record;
  v_entries bigint := 0;
  v_lines bigint;
  v_unbalanced bigint := 0;
  v_first_unbalanced text;
begin
  select coalesce(sum(b.line_count), 0),
         case when count(distinct b.currency_id) = 1 then 'false' else v_mixes end
    into v_lines, v_mixes
    from month_end.worker_balance b
   where b.batch_no = p_batch_no and b.worker_id = p_worker_id;
  for v_range in select * from month_end.worker_ranges(p_batch_no, p_worker_id) loop
    execute format($sql$
      select count(*) as entries, count(e.unbalanced) as unbalanced,
             min(e.unbalanced) as first_unbalanced
        from (select case when sum(case when l.is_debit then l.amount else -l.amount end) <> 0
                            or %s then l.je_id end as unbalanced
                from ledger_data.%I l
               where l.je_id >= $1 and l.je_id < $2 and l.batch_no = $3
               group by l.je_id) e
      $sql$, v_mixes, v_range.line_table)
      into v_found using v_range.first_je_id, v_range.end_je_id, p_batch_no;
    v_entries := v_entries + v_found.entries;
    v_unbalanced := v_unbalanced + v_found.unbalanced;
    v_first_unbalanced := coalesce(v_first_unbalanced,
                                   month_end.je_number(v_found.first_unbalanced));
  end loop;
  select sum(c.entry_count) as entries, sum(c.line_count) as lines into v_expected
    from month_end.chunk c where c.batch_no = p_batch_no and c.worker_id = p_worker_id;
  return (select bool_and(x.is_good) from (values
    (month_end.record_result(p_batch_no, 'WORKER', 'LINES_COMPLETE',
       v_lines = v_expected.lines and v_entries = v_expected.entries,
       format('%s lines of %s entries', v_expected.lines, v_expected.entries),
       format('%s lines of %s entries', v_lines, v_entries), null, 'FAIL', p_worker_id)),
    (month_end.record_result(p_batch_no, 'WORKER', 'ENTRIES_BALANCE', v_unbalanced = 0,
       '0 unbalanced', v_unbalanced || ' unbalanced', 'the first: ' || v_first_unbalanced,
       'FAIL', p_worker_id))) x(is_good));
end
$$;

comment on function month_end.check_worker_entries(integer, integer) is
  'Validates lines and balance of each stored entry of a worker.';
revoke all on function month_end.check_worker_entries(integer, integer) from public;
