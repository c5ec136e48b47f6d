-- Phase 2. Numbers are the prefix sum over the scope that the freeze has computed, from the
-- period's next number on; the claim is consumed at commit. Then the manifest: a chunk for each run
-- of numbers that cut_scope has stored; these into workers, and both into leaves.
-- Writes chunk, leaf (rows only), master. Raises M1002, M1003.
create or replace function month_end.allocate_numbers(
  p_batch_id text, p_ledger_id integer default 1)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_batch month_end.staging_month_end_master;
  v_first_number bigint;
  v_entries bigint;
  v_chunks integer;
  v_workers integer;
  v_leaves integer;
begin
  v_batch := month_end.lock_batch(p_batch_id, p_ledger_id, array['SCOPED']);
  if v_batch.is_dry_run then
    perform month_end.raise_error('M1002', format('batch %s is a dry run', p_batch_id),
      'It ends here: ' || month_end.next_call(v_batch));
  end if;
  perform month_end.start_phase(v_batch.batch_no, 2::smallint);
  select p.next_number into strict v_first_number from books.period p
   where p.ledger_id = v_batch.ledger_id and p.period = v_batch.period for update;
  select coalesce(sum(c.entry_count), 0) into v_entries
    from month_end.batch_control c where c.batch_no = v_batch.batch_no;
  insert into month_end.chunk (batch_no, chunk_no, worker_id, leaf_no, first_offset, end_offset,
                               transaction_count, entry_count, line_count, amount)
  select v_batch.batch_no, row_number() over (order by c.first_offset), 0, 0, c.first_offset,
         c.first_offset + c.entries, c.transactions, c.entries, c.lines, c.amount
    from (select min(s.first_offset) as first_offset, sum(s.transaction_count) as transactions,
                 sum(s.transaction_count * r.entry_count) as entries,
                 sum(s.transaction_count * r.line_count) as lines,
                 sum(s.amount - 2 * s.negative_amount) as amount
            from month_end.number_run s
            join books.rule_set r using (rule_set_id)
           where s.batch_no = v_batch.batch_no
           group by s.run_no) c;
  get diagnostics v_chunks = row_count;
  v_workers := least(v_batch.requested_workers, v_chunks);
  v_leaves := case when v_batch.is_supplement or v_chunks = 0 then least(v_chunks, 1)
    else least(8, v_chunks, ceil(v_entries / month_end.get_setting('leaf_entries')::numeric)) end;
  update month_end.chunk c
     set worker_id = 1 + (c.chunk_no - 1) * v_workers / v_chunks,
         leaf_no = 1 + (c.chunk_no - 1) * v_leaves / v_chunks
   where c.batch_no = v_batch.batch_no;
  update month_end.staging_month_end_master
     set first_number = v_first_number, last_number = v_first_number + v_entries - 1,
         chunk_count = v_chunks, worker_count = v_workers
   where batch_no = v_batch.batch_no;
  perform month_end.plan_leaves(v_batch.batch_no);
  perform month_end.finish_phase(v_batch.batch_no, 2::smallint, 'NUMBERED',
    format('numbers %s to %s in %s chunks, %s workers, %s leaves', v_first_number,
           v_first_number + v_entries - 1, v_chunks, v_workers, v_leaves));
end
$$;

comment on function month_end.allocate_numbers(text, integer) is
  'Phase 2: claims the batch''s number block and writes the manifest of chunks.';
revoke all on function month_end.allocate_numbers(text, integer) from public;
grant execute on function month_end.allocate_numbers(text, integer) to monthend_operator;
