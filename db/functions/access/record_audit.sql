-- For the functions that change something, nobody else: who may call it can make rows up. Beside
-- the actor stand the login and the address of the session, which no session can choose.
-- Writes audit_log, which nobody changes afterwards.
create or replace function month_end.record_audit(
  p_action text, p_object text, p_outcome text, p_detail jsonb default null)
returns void
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  insert into month_end.audit_log
    (actor, address, client_address, action, object, outcome, detail)
  select a.actor, coalesce(host(inet_client_addr()), 'local socket'),
         case when a.actor <> session_user
              then nullif(current_setting('monthend.address', true), '') end,
         p_action, p_object, p_outcome, p_detail
    from month_end.actor() as a(actor)
$$;

comment on function month_end.record_audit(text, text, text, jsonb) is
  'Adds to the audit log who did what from where, and how it ended.';
revoke all on function month_end.record_audit(text, text, text, jsonb)
  from public, monthend_operator;
