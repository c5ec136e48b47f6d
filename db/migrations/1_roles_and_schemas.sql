-- Roles are cluster-wide, so another database of the same server may have made them already.
do $$
declare
  v_role text;
begin
  foreach v_role in array array['monthend_owner', 'monthend_viewer', 'monthend_auditor',
                                'monthend_operator', 'monthend_admin'] loop
    begin
      execute format('create role %I nologin', v_role);
    exception
      when duplicate_object or unique_violation then null;
    end;
  end loop;
  -- A CREATEROLE login that is no superuser has to be a member to hand objects to them.
  foreach v_role in array array['monthend_owner', 'monthend_operator'] loop
    if not pg_has_role(session_user, v_role, 'set') then
      execute format('grant %I to %I', v_role, session_user);
    end if;
  end loop;
end
$$;

do $$
declare
  v_grant record;
begin
  for v_grant in
    select * from (values ('monthend_viewer', 'monthend_auditor'),
                          ('monthend_viewer', 'monthend_operator'),
                          ('monthend_operator', 'monthend_admin')) g(role, member)
     where not pg_has_role(g.member, g.role, 'member')
  loop
    begin
      execute format('grant %I to %I', v_grant.role, v_grant.member);
    exception
      -- two installations at once on one server: the other one has just granted the same
      when unique_violation then null;
    end;
  end loop;
end
$$;

-- books: ledgers, periods, accounts, rules. subledger: what upstream delivers. month_end: the
-- close itself. ledger_data: what is posted, closed to everybody. ledger: the views readers use.
create schema books authorization monthend_owner;
create schema subledger authorization monthend_owner;
create schema ledger_data authorization monthend_owner;
create schema ledger authorization monthend_owner;
alter schema month_end owner to monthend_owner;
-- written by postgres-migrations in the transactions of the migrations, which run as the owner
alter table month_end.migrations owner to monthend_owner;
-- pg-boss makes and upgrades its own tables, under the role that runs its jobs.
create schema pgboss authorization monthend_operator;

grant usage on schema books, subledger, month_end, ledger
  to monthend_viewer, monthend_auditor, monthend_operator, monthend_admin;
