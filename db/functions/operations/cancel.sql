-- Ends a batch that is not committed, in one transaction: its sessions are locked out and fenced,
-- then everything of it goes. Commits, so it has no search_path: a procedure with a SET clause
-- can't. Raises M1002, M1003, M1010, M1012 (nothing was changed then).
create or replace procedure month_end.cancel(p_batch_id text, p_ledger_id integer default 1)
language plpgsql
security invoker
as $$
begin
  perform month_end.fence_workers(p_batch_id, p_ledger_id);
  perform month_end.discard_batch(p_batch_id, p_ledger_id);
  commit;
end
$$;

comment on procedure month_end.cancel(text, integer) is
  'Cancels a batch before its commit and takes everything of it away but its record.';
revoke all on procedure month_end.cancel(text, integer) from public;
grant execute on procedure month_end.cancel(text, integer) to monthend_operator;
