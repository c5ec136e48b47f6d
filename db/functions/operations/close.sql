-- The whole month from one psql. Further sessions may join with month_end.work while it runs.
-- Commits, so it has no search_path: a procedure with a SET clause can't.
drop procedure if exists month_end.close(text, integer, integer, boolean);

create or replace procedure month_end.close(
  p_period text, p_ledger_id integer default 1, p_workers integer default null,
  p_is_supplement boolean default false, p_is_dry_run boolean default false)
language plpgsql
security invoker
as $$
declare
  v_batch_id text;
begin
  v_batch_id := month_end.open_batch(p_period, p_ledger_id, p_workers, p_is_supplement,
                                     p_is_dry_run);
  commit;
  call month_end.run(v_batch_id, p_ledger_id);
end
$$;

comment on procedure month_end.close(text, integer, integer, boolean, boolean) is
  'Closes a period, all eight phases, in this session; a dry run ends after the first.';
revoke all on procedure month_end.close(text, integer, integer, boolean, boolean) from public;
grant execute on procedure month_end.close(text, integer, integer, boolean, boolean)
  to monthend_operator;
