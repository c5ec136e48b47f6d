-- Ends phase 4 when every worker is PROCESSED. Returns DONE, WAIT while others still work, or
-- FAILED when nobody works and a worker has failed.
create or replace function month_end.finish_processing(
  p_batch_id text, p_ledger_id integer default 1)
returns text
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_batch month_end.staging_month_end_master := month_end.find_batch(p_batch_id, p_ledger_id);
  v_open bigint;
  v_failed bigint;
begin
  if v_batch.status <> 'PROCESSING' then
    return 'DONE';
  end if;
  select count(*) filter (where w.status in ('PENDING', 'RUNNING')),
         count(*) filter (where w.status = 'FAILED')
    into v_open, v_failed
    from month_end.batch_worker_control w where w.batch_no = v_batch.batch_no;
  if v_open > 0 then
    return 'WAIT';
  elsif v_failed > 0 then
    return 'FAILED';
  end if;
  select * into strict v_batch from month_end.staging_month_end_master m
   where m.batch_no = v_batch.batch_no for update;
  if v_batch.status = 'PROCESSING' then
    perform month_end.finish_phase(v_batch.batch_no, 4::smallint, 'PROCESSED',
      format('%s transactions posted to staging', v_batch.scope_count));
    perform month_end.start_phase(v_batch.batch_no, 5::smallint);
  end if;
  return 'DONE';
end
$$;

comment on function month_end.finish_processing(text, integer) is
  'Ends phase 4 when all workers are done; returns DONE, WAIT or FAILED.';
revoke all on function month_end.finish_processing(text, integer) from public;
grant execute on function month_end.finish_processing(text, integer) to monthend_operator;
