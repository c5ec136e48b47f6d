-- Phase 1. Checks the books and the room, classifies every source row of the period that is not
-- posted yet, copies the fit into the batch's scope and keeps the unfit aside. What it finds is
-- written as results, never raised: on FAILED the period is given back and the batch has ended.
-- Needs REPEATABLE READ, so that all its statements see the same rows.
-- Writes scope, number_run, rejected_transaction, set_aside_transaction, batch_control, results,
-- phase.
-- Raises M1002, M1003, M2005.
create or replace function month_end.validate_preflight(
  p_batch_id text, p_ledger_id integer default 1, p_free_bytes bigint default null)
returns text
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set work_mem = '256MB'
as $$
declare
  v_batch month_end.staging_month_end_master;
  v_period books.period;
  v_figures jsonb;
  v_is_good boolean;
begin
  if current_setting('transaction_isolation') <> 'repeatable read' then
    perform month_end.raise_error('M2005',
      format('the isolation level is %s', current_setting('transaction_isolation')));
  end if;
  v_batch := month_end.lock_batch(p_batch_id, p_ledger_id, array['OPENED']);
  perform month_end.start_phase(v_batch.batch_no, 1::smallint);
  v_is_good := month_end.check_books(v_batch);
  if v_is_good then
    select * into strict v_period from books.period p
     where p.ledger_id = v_batch.ledger_id and p.period = v_batch.period;
    perform month_end.analyze_sources();
    perform month_end.cut_scope(v_batch, month_end.freeze_scope(v_batch, v_period));
    v_figures := month_end.control_figures(v_batch, v_period);
    perform month_end.keep_unfit_aside(v_batch, v_figures);
    perform month_end.store_control(v_batch, v_figures);
    perform month_end.check_rows(v_batch);
    v_is_good := month_end.check_source(v_batch);
    v_is_good := month_end.check_room(v_batch, p_free_bytes) and v_is_good;
  end if;
  if not v_is_good then
    perform month_end.drop_scope(v_batch.batch_no);
    perform month_end.release_period(v_batch);
    delete from subledger.set_aside_transaction where batch_no = v_batch.batch_no;
    perform month_end.finish_phase(v_batch.batch_no, 1::smallint, 'FAILED',
      'pre-flight validation has failed: ' || month_end.failed_rules(p_batch_id, p_ledger_id));
    return 'FAILED';
  end if;
  perform month_end.finish_phase(v_batch.batch_no, 1::smallint, 'SCOPED',
    (select format('%s transactions fit to post, %s rejected, %s set aside',
                   m.scope_count, m.rejected_count, m.set_aside_count)
       from month_end.staging_month_end_master m where m.batch_no = v_batch.batch_no));
  return 'SCOPED';
end
$$;

comment on function month_end.validate_preflight(text, integer, bigint) is
  'Phase 1, pre-flight validation and freeze of the scope; returns SCOPED or FAILED.';
revoke all on function month_end.validate_preflight(text, integer, bigint) from public;
grant execute on function month_end.validate_preflight(text, integer, bigint)
  to monthend_operator;
