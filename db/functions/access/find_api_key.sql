-- Who a key is, by its SHA-256: no row for one that is unknown, revoked or expired. Notes the use,
-- once a minute at most. Writes api_key.
create or replace function month_end.find_api_key(p_key_hash bytea)
returns table (key_id integer, name text, role text)
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  update month_end.api_key k set last_used_at = clock_timestamp()
   where k.key_hash = p_key_hash and k.revoked_at is null and k.expires_at > clock_timestamp()
     and coalesce(k.last_used_at < clock_timestamp() - interval '1 minute', true);
  select k.key_id, k.name, k.role from month_end.api_key k
   where k.key_hash = p_key_hash and k.revoked_at is null and k.expires_at > clock_timestamp()
$$;

comment on function month_end.find_api_key(bytea) is 'Name and role of a key that is valid now.';
revoke all on function month_end.find_api_key(bytea) from public;
grant execute on function month_end.find_api_key(bytea) to monthend_operator;
