-- A key by its SHA-256; the key itself is never seen here. Its role has to be one that the login
-- which answers for it may take. Writes api_key, audit_log. Raises M2004.
create or replace function month_end.create_api_key(
  p_name text, p_role text, p_key_hash bytea, p_expires_at timestamptz)
returns integer
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_key_id integer;
begin
  if p_role is null
     or p_role not in ('viewer', 'auditor', 'operator', 'approver', 'admin') then
    perform month_end.raise_error('M2004', format('role %L', p_role),
      'Roles: viewer, auditor, operator, approver, admin');
  elsif not pg_has_role(session_user, 'monthend_' || p_role, 'set') then
    perform month_end.raise_error('M2004', format('login %s may not take role monthend_%s',
      session_user, p_role), format('As the administrator: grant monthend_%s to %I', p_role,
                                    session_user));
  elsif coalesce(p_expires_at, '-infinity') <= clock_timestamp() then
    perform month_end.raise_error('M2004', 'the key would have expired already',
      'Give a time to come');
  end if;
  insert into month_end.api_key (name, role, key_hash, expires_at)
  values (p_name, p_role, p_key_hash, p_expires_at) returning key_id into v_key_id;
  perform month_end.record_audit('key', format('%s (%s)', v_key_id, p_name), 'CREATED',
    jsonb_build_object('role', p_role, 'expires_at', p_expires_at));
  return v_key_id;
end
$$;

comment on function month_end.create_api_key(text, text, bytea, timestamptz) is
  'Stores an API key by its SHA-256, with role and expiry; returns its number.';
revoke all on function month_end.create_api_key(text, text, bytea, timestamptz) from public;
grant execute on function month_end.create_api_key(text, text, bytea, timestamptz)
  to monthend_operator;
