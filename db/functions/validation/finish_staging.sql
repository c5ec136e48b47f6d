-- Ends phase 5 when every worker is VALIDATED: the leaves are attached, their batch still
-- unpublished, so that no reader sees a row. One session does it, the others wait for its lock.
create or replace function month_end.finish_staging(p_batch_no integer)
returns text
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
declare
  v_batch month_end.staging_month_end_master;
  v_open bigint;
  v_failed bigint;
begin
  select count(*) filter (where w.status = 'PROCESSED'),
         count(*) filter (where w.status = 'FAILED')
    into v_open, v_failed
    from month_end.batch_worker_control w where w.batch_no = p_batch_no;
  if v_open > 0 then
    return 'WAIT';
  elsif v_failed > 0 then
    return 'FAILED';
  end if;
  select * into strict v_batch from month_end.staging_month_end_master m
   where m.batch_no = p_batch_no for update;
  if v_batch.status <> 'PROCESSED' then
    return 'DONE';
  end if;
  insert into ledger_data.batch_publication (batch_no, ledger_id, period, batch_id)
  values (p_batch_no, v_batch.ledger_id, v_batch.period, v_batch.batch_id);
  perform month_end.attach_leaf(l) from month_end.leaf l
   where l.batch_no = p_batch_no and not l.is_attached;
  update month_end.leaf set is_attached = true where batch_no = p_batch_no;
  perform month_end.set_autovacuum(p_batch_no, true);
  perform month_end.finish_phase(p_batch_no, 5::smallint, 'STAGED',
    format('%s workers validated, leaves attached', v_batch.worker_count));
  return 'DONE';
end
$$;

comment on function month_end.finish_staging(integer) is
  'Attaches the leaves of a batch whose workers are all validated.';
revoke all on function month_end.finish_staging(integer) from public;
