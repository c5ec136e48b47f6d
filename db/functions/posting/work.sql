-- What a session does: phases 4 and 5 of a batch, chunk by chunk and task by task, each in a
-- transaction of its own, until the batch is staged. Any number of sessions may run this at once,
-- join while it runs, and leave: what one leaves is taken up by the others, or by the next call.
-- A session of a job that is one too many, or whose control plane stops, leaves between two chunks
-- or tasks.
-- It commits, so it has no search_path: a procedure with a SET clause can't.
-- Raises M1002 (nothing to work on), M4002 after the others are done, M2002.
create or replace procedure month_end.work(p_batch_id text, p_ledger_id integer default 1)
language plpgsql
security invoker
as $$
declare
  v_batch month_end.staging_month_end_master;
  v_lease record;
  v_step text;
begin
  v_batch := month_end.find_batch(p_batch_id, p_ledger_id);
  if v_batch.status not in ('PROCESSING', 'PROCESSED', 'STAGED') then
    perform month_end.raise_error('M1002',
      pg_catalog.format('batch %s is %s', p_batch_id, v_batch.status),
      coalesce('Next: ' || month_end.next_call(v_batch), 'Nothing is left to do for this batch'));
  end if;
  loop
    exit when month_end.surplus_session(v_batch.batch_no);
    select c.worker_id, c.lease_token into v_lease from month_end.claim_worker(v_batch.batch_no) c;
    commit;
    if v_lease.worker_id is not null then
      while month_end.work_chunk(v_batch.batch_no, v_lease.worker_id, v_lease.lease_token) loop
        commit;
        exit when month_end.surplus_session(v_batch.batch_no);
      end loop;
      perform month_end.release_lease(v_lease.lease_token);
      commit;
    else
      v_step := month_end.finish_processing(p_batch_id, p_ledger_id);
      commit;
      exit when v_step = 'DONE';
      if v_step = 'FAILED' then
        perform month_end.raise_error('M4002',
          pg_catalog.format('batch %s: %s', p_batch_id, month_end.failed_workers(v_batch.batch_no)),
          p_subject => p_batch_id, p_ledger_id => p_ledger_id);
      end if;
      -- while others are at the last chunks, the leaves that are complete have work
      if not month_end.leaf_step(v_batch.batch_no, false) then
        perform pg_catalog.pg_sleep(0.05);
      end if;
      commit;
    end if;
  end loop;
  loop
    exit when month_end.surplus_session(v_batch.batch_no);
    v_step := month_end.stage_step(p_batch_id, p_ledger_id);
    commit;
    exit when v_step = 'DONE';
    if v_step = 'FAILED' then
      perform month_end.raise_error('M2002', month_end.failed_rules(p_batch_id, p_ledger_id));
    elsif v_step = 'WAIT' then
      perform pg_catalog.pg_sleep(0.05);
    end if;
  end loop;
end
$$;

comment on procedure month_end.work(text, integer) is
  'Works on phases 4 and 5 of a running batch until it is staged; any session may join and leave.';
revoke all on procedure month_end.work(text, integer) from public;
grant execute on procedure month_end.work(text, integer) to monthend_operator;
