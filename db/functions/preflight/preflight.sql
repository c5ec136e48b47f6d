-- Phase 1 as psql and the control plane call it: one snapshot for every statement of it, which
-- needs a transaction of its own; so this commits, and has no search_path: a procedure with a SET
-- clause can't commit. Raises M2001 after the findings are stored.
create or replace procedure month_end.preflight(
  p_batch_id text, p_ledger_id integer default 1, p_free_bytes bigint default null)
language plpgsql
security invoker
as $$
declare
  v_status text;
begin
  commit;
  set transaction isolation level repeatable read;
  v_status := month_end.validate_preflight(p_batch_id, p_ledger_id, p_free_bytes);
  commit;
  if v_status = 'FAILED' then
    perform month_end.raise_error('M2001', month_end.failed_rules(p_batch_id, p_ledger_id),
      null, p_batch_id, p_ledger_id);
  end if;
end
$$;

comment on procedure month_end.preflight(text, integer, bigint) is
  'Phase 1 in a transaction and snapshot of its own; M2001 names the rules that failed.';
revoke all on procedure month_end.preflight(text, integer, bigint) from public;
grant execute on procedure month_end.preflight(text, integer, bigint) to monthend_operator;
