-- The batch's numbers: the chunks cover its block without gap or overlap, every worker has found
-- its part of it stored, the block follows what is committed, no block of the digest is missing.
create or replace function month_end.check_batch_numbers(p_batch month_end.staging_month_end_master)
returns boolean
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
declare
  v_no integer := p_batch.batch_no;
  v_entries bigint := p_batch.last_number - p_batch.first_number + 1;
  v_breaks bigint;
  v_covered bigint;
  v_workers bigint;
  v_next bigint;
  v_blocks bigint;
  v_missing bigint;
begin
  select count(*) filter (where c.first_offset <> coalesce(c.before, 0)
                             or c.first_offset + c.entry_count <> c.end_offset),
         coalesce(sum(c.entry_count), 0), coalesce(sum(cardinality(c.block_hashes)), 0)
    into v_breaks, v_covered, v_blocks
    from (select c.*, lag(c.end_offset) over (order by c.chunk_no) as before
            from month_end.chunk c where c.batch_no = v_no) c;
  select count(*) into v_workers
    from month_end.batch_worker_control w where w.batch_no = v_no and w.status <> 'VALIDATED';
  select p.next_number into strict v_next from books.period p
   where p.ledger_id = p_batch.ledger_id and p.period = p_batch.period;
  select v_next - 1 - coalesce(sum(n), 0) into v_missing
    from (select m.last_number - m.first_number + 1 as n
            from month_end.staging_month_end_master m
           where m.ledger_id = p_batch.ledger_id and m.period = p_batch.period
             and m.status in ('COMMITTED', 'COMPLETED')
          union all
          select g.last_number - g.first_number + 1 from month_end.number_gap g
           where g.ledger_id = p_batch.ledger_id and g.period = p_batch.period) x;
  return (select bool_and(x.is_good) from (values
    (month_end.record_result(v_no, 'PRECOMMIT', 'NUMBERS_WITHOUT_GAP_OR_REPETITION',
       v_breaks = 0 and v_covered = v_entries and v_next = p_batch.first_number
         and v_missing = 0, format('%s numbers from %s on', v_entries, v_next),
       format('%s from %s on, %s breaks, %s missing before them', v_covered, p_batch.first_number,
              v_breaks, v_missing))),
    (month_end.record_result(v_no, 'PRECOMMIT', 'WORKERS_VALIDATED', v_workers = 0,
       '0 open', v_workers || ' open')),
    (month_end.record_result(v_no, 'PRECOMMIT', 'DIGEST_COMPLETE',
       v_blocks = (v_entries + 255) / 256, (v_entries + 255) / 256 || ' blocks',
       v_blocks || ' blocks'))) x(is_good));
end
$$;

comment on function month_end.check_batch_numbers(month_end.staging_month_end_master) is
  'Pre-commit rules over the numbers, workers and digest blocks of a batch.';
revoke all on function month_end.check_batch_numbers(month_end.staging_month_end_master)
  from public;
