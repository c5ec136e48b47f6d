-- OPENED -1-> SCOPED -2-> NUMBERED -3-> PROCESSING -4-> PROCESSED -5-> STAGED -6-> VALIDATED
-- -7-> COMMITTED -8-> COMPLETED;  FAILED ends phase 1, CANCELLED ends any state before COMMITTED,
-- and a dry run that is SCOPED
create or replace function month_end.next_call(p_batch month_end.staging_month_end_master)
returns text
language sql
immutable
security invoker
set search_path = pg_catalog, pg_temp
as $$
  select format(
    case p_batch.status
      when 'OPENED' then 'call month_end.preflight(%s)'
      when 'SCOPED' then case when p_batch.is_dry_run then 'call month_end.cancel(%s)'
                              else 'select month_end.allocate_numbers(%s)' end
      when 'NUMBERED' then 'select month_end.launch_workers(%s)'
      when 'PROCESSING' then 'call month_end.work(%s)'
      when 'PROCESSED' then 'call month_end.work(%s)'
      when 'STAGED' then 'select month_end.validate_batch(%s)'
      when 'VALIDATED' then 'select month_end.commit_batch(%s)'
      when 'COMMITTED' then 'select month_end.post_process(%s)'
    end, quote_literal(p_batch.batch_id)
           || case when p_batch.ledger_id = 1 then '' else ', ' || p_batch.ledger_id end)
$$;

comment on function month_end.next_call(month_end.staging_month_end_master) is
  'The statement that takes a batch one phase further; null where it has ended.';
revoke all on function month_end.next_call(month_end.staging_month_end_master) from public;
grant execute on function month_end.next_call(month_end.staging_month_end_master)
  to monthend_viewer;
