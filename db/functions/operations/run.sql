-- Takes a batch from wherever it stands to its end, alone: what resume does, and what close does
-- after opening; a dry run is cancelled after phase 1. Commits, so it has no search_path: a
-- procedure with a SET clause can't.
create or replace procedure month_end.run(p_batch_id text, p_ledger_id integer default 1)
language plpgsql
security invoker
as $$
declare
  v_batch month_end.staging_month_end_master;
begin
  loop
    v_batch := month_end.find_batch(p_batch_id, p_ledger_id);
    commit;
    case v_batch.status
      when 'OPENED' then call month_end.preflight(p_batch_id, p_ledger_id);
      when 'SCOPED' then
        if v_batch.is_dry_run then
          call month_end.cancel(p_batch_id, p_ledger_id);
        else
          perform month_end.allocate_numbers(p_batch_id, p_ledger_id);
        end if;
      when 'NUMBERED' then perform month_end.launch_workers(p_batch_id, p_ledger_id);
      when 'PROCESSING', 'PROCESSED' then call month_end.work(p_batch_id, p_ledger_id);
      when 'STAGED' then
        if month_end.validate_batch(p_batch_id, p_ledger_id) = 'FAILED' then
          commit;
          perform month_end.raise_error('M2002', month_end.failed_rules(p_batch_id, p_ledger_id));
        end if;
      when 'VALIDATED' then perform month_end.commit_batch(p_batch_id, p_ledger_id);
      when 'COMMITTED' then perform month_end.post_process(p_batch_id, p_ledger_id);
      else exit;
    end case;
    commit;
  end loop;
end
$$;

comment on procedure month_end.run(text, integer) is
  'Takes a batch through all phases that are left, in this session alone.';
revoke all on procedure month_end.run(text, integer) from public;
grant execute on procedure month_end.run(text, integer) to monthend_operator;
