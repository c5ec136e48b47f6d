-- Goes on with a batch that was interrupted: failed workers get another try, then everything that
-- is left runs in this session. Commits, so it has no search_path.
create or replace procedure month_end.resume(p_batch_id text, p_ledger_id integer default 1)
language plpgsql
security invoker
as $$
begin
  perform month_end.retry_failed_workers(p_batch_id, p_ledger_id);
  commit;
  call month_end.run(p_batch_id, p_ledger_id);
end
$$;

comment on procedure month_end.resume(text, integer) is
  'Takes up an interrupted batch where it stands and finishes it in this session.';
revoke all on procedure month_end.resume(text, integer) from public;
grant execute on procedure month_end.resume(text, integer) to monthend_operator;
