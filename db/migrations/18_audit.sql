-- Cluster-wide, so another database of the same server may have made it already.
do $$
begin
  begin
    create role monthend_service nologin;
  exception
    when duplicate_object or unique_violation then null;
  end;
  -- who installs may answer for callers as well; the administrator grants it, where it may not
  if not pg_has_role(session_user, 'monthend_service', 'usage') then
    begin
      execute format('grant monthend_service to %I', session_user);
    exception
      when insufficient_privilege or unique_violation then null;
    end;
  end if;
end
$$;

set local role monthend_owner;

grant usage on schema month_end to monthend_service;

alter table month_end.audit_log add column client_address text;
comment on column month_end.audit_log.actor is
  'Whom the service has named, a key or the subject of a token; else the login.';
comment on column month_end.audit_log.address is 'Of the session, as the server sees it.';
comment on column month_end.audit_log.client_address is
  'Of whoever asked the service, as the service has said.';
