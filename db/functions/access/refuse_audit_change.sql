-- Trigger of the audit log: it only grows. Raises M1009.
create or replace function month_end.refuse_audit_change()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform month_end.raise_error('M1009', format('%s of %I.%I', tg_op, tg_table_schema,
                                                tg_table_name));
  return null;
end
$$;

comment on function month_end.refuse_audit_change() is
  'Trigger: refuses every change of the audit log; M1009.';
revoke all on function month_end.refuse_audit_change() from public;

create or replace trigger audit_log_is_append_only before update or delete or truncate
  on month_end.audit_log for each statement execute function month_end.refuse_audit_change();
