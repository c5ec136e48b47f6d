-- Phase 6, over the whole batch: what the workers found in their stored rows is added up and held
-- against the source, the scope and the chunks; leaves are looked up in the catalogue; the digest
-- is made. The balances of the batch are stored, still unpublished.
-- Writes account_balance, results, digest. Raises M1002; a FAIL is a result: STAGED stays.
create or replace function month_end.validate_batch(
  p_batch_id text, p_ledger_id integer default 1)
returns text
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set work_mem = '256MB'
as $$
declare
  v_batch month_end.staging_month_end_master;
  v_is_good boolean;
begin
  v_batch := month_end.lock_batch(p_batch_id, p_ledger_id, array['STAGED']);
  perform month_end.start_phase(v_batch.batch_no, 6::smallint);
  delete from month_end.batch_validation_results
   where batch_no = v_batch.batch_no and stage = 'PRECOMMIT';
  delete from ledger_data.account_balance where batch_no = v_batch.batch_no;
  insert into ledger_data.account_balance
    (batch_no, account_id, currency_id, debit, credit, line_count)
  select v_batch.batch_no, b.account_id, b.currency_id, sum(b.debit), sum(b.credit),
         sum(b.line_count)
    from month_end.worker_balance b where b.batch_no = v_batch.batch_no
   group by b.account_id, b.currency_id;
  v_is_good := month_end.check_batch_amounts(v_batch);
  v_is_good := month_end.check_batch_numbers(v_batch) and v_is_good;
  v_is_good := month_end.check_batch_leaves(v_batch) and v_is_good;
  update month_end.staging_month_end_master m
     set (actual_je_count, actual_line_count) =
         (select coalesce(sum(c.entry_count), 0), coalesce(sum(c.line_count), 0)
            from month_end.chunk c where c.batch_no = m.batch_no),
         digest = month_end.merkle_root((
           select array_agg(h.hash order by c.chunk_no, h.place)
             from month_end.chunk c, unnest(c.block_hashes) with ordinality h(hash, place)
            where c.batch_no = m.batch_no))
   where m.batch_no = v_batch.batch_no;
  if not v_is_good then
    perform month_end.record_event(v_batch.batch_no, 'VALIDATION_FAILED',
      'pre-commit: ' || month_end.failed_rules(p_batch_id, p_ledger_id));
    return 'FAILED';
  end if;
  perform month_end.finish_phase(v_batch.batch_no, 6::smallint, 'VALIDATED', 'ready to commit');
  return 'VALIDATED';
end
$$;

comment on function month_end.validate_batch(text, integer) is
  'Phase 6, pre-commit validation; returns VALIDATED or FAILED.';
revoke all on function month_end.validate_batch(text, integer) from public;
grant execute on function month_end.validate_batch(text, integer) to monthend_operator;
