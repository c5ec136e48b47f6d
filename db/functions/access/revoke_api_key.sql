-- Ends a key at once; ending it twice changes nothing. Writes api_key, audit_log. Raises M2004.
create or replace function month_end.revoke_api_key(p_key_id integer)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  update month_end.api_key set revoked_at = coalesce(revoked_at, clock_timestamp())
   where key_id = p_key_id;
  if not found then
    perform month_end.raise_error('M2004', format('there is no key %s', p_key_id),
      './monthend key list shows all');
  end if;
  perform month_end.record_audit('key', p_key_id::text, 'REVOKED');
end
$$;

comment on function month_end.revoke_api_key(integer) is 'Revokes an API key.';
revoke all on function month_end.revoke_api_key(integer) from public;
grant execute on function month_end.revoke_api_key(integer) to monthend_operator;
