-- Cluster-wide, so another database of the same server may have made it already.
do $$
begin
  begin
    create role monthend_approver nologin;
  exception
    when duplicate_object or unique_violation then null;
  end;
  begin
    grant monthend_auditor to monthend_approver;
    grant monthend_approver to monthend_admin;
  exception
    -- two installations at once on one server: the other one has just granted the same
    when unique_violation then null;
  end;
end
$$;

set local role monthend_owner;

grant usage on schema books, subledger, month_end, ledger to monthend_approver;

alter table month_end.api_key drop constraint api_key_role_check;
alter table month_end.api_key add constraint api_key_role_check
  check (role in ('viewer', 'auditor', 'operator', 'approver', 'admin'));
alter table month_end.api_key add column last_used_at timestamptz;    -- to the minute
grant select (last_used_at) on month_end.api_key to monthend_operator, monthend_auditor;
