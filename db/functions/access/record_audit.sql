-- Who: what the API has set as monthend.actor for the request, else the login.
-- Writes audit_log, which nobody changes afterwards.
create or replace function month_end.record_audit(
  p_action text, p_object text, p_outcome text, p_detail jsonb default null)
returns void
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  insert into month_end.audit_log (actor, address, action, object, outcome, detail)
  values (coalesce(nullif(current_setting('monthend.actor', true), ''), session_user),
          coalesce(nullif(current_setting('monthend.address', true), ''),
                   host(inet_client_addr()), 'local socket'),
          p_action, p_object, p_outcome, p_detail)
$$;

comment on function month_end.record_audit(text, text, text, jsonb) is
  'Adds to the audit log who did what from where, and how it ended.';
revoke all on function month_end.record_audit(text, text, text, jsonb) from public;
grant execute on function month_end.record_audit(text, text, text, jsonb) to monthend_operator;
