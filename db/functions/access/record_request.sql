-- What a caller of the service has asked over HTTP, and how it ended; for the service's logins, in
-- a transaction of its own, so that what was refused is kept. Writes audit_log.
create or replace function month_end.record_request(
  p_actor text, p_client_address text, p_object text, p_outcome text, p_detail jsonb default null)
returns void
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  insert into month_end.audit_log
    (actor, address, client_address, action, object, outcome, detail)
  values (p_actor, coalesce(host(inet_client_addr()), 'local socket'), p_client_address, 'request',
          p_object, p_outcome, p_detail)
$$;

comment on function month_end.record_request(text, text, text, text, jsonb) is
  'Adds to the audit log what a caller of the service has asked.';
revoke all on function month_end.record_request(text, text, text, text, jsonb) from public;
grant execute on function month_end.record_request(text, text, text, text, jsonb)
  to monthend_service;
