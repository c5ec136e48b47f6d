-- Rows that say how the close works: who has changed them to what, by whatever door. The trigger's
-- arguments: what such a row is called, then the columns that name one. Writes audit_log.
create or replace function month_end.audit_change()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_row jsonb := case tg_op when 'DELETE' then to_jsonb(old) else to_jsonb(new) end;
begin
  if tg_op <> 'UPDATE' or to_jsonb(old) <> v_row then
    perform month_end.record_audit(tg_argv[0],
      (select string_agg(v_row ->> a.name, '/' order by a.no)
         from unnest(tg_argv) with ordinality a(name, no) where a.name <> tg_argv[0]),
      case tg_op when 'INSERT' then 'ADDED' when 'UPDATE' then 'CHANGED' else 'REMOVED' end, v_row);
  end if;
  return null;
end
$$;

comment on function month_end.audit_change() is
  'Trigger: keeps who changed a setting, a schedule or a set of rules to what.';
revoke all on function month_end.audit_change() from public;

create or replace trigger setting_is_audited after insert or update or delete
  on month_end.setting for each row execute function month_end.audit_change('setting', 'name');
create or replace trigger schedule_is_audited after insert or update or delete
  on month_end.schedule for each row
  execute function month_end.audit_change('schedule', 'ledger_id');
create or replace trigger exception_is_audited after insert or update or delete
  on month_end.schedule_exception for each row
  execute function month_end.audit_change('schedule exception', 'ledger_id', 'period');
create or replace trigger rule_set_is_audited after insert
  on books.rule_set for each row
  execute function month_end.audit_change('rule set', 'ledger_id', 'source', 'version');
