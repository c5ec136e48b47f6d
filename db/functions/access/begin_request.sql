-- A request with an Idempotency-Key, in the transaction that carries it out: the answer that was
-- given before, or null for the first time. A second one that comes meanwhile waits here for the
-- first. Writes idempotent_request. Raises M2008 for another body under the same key.
create or replace function month_end.begin_request(
  p_actor text, p_request_id text, p_body_hash bytea)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_request month_end.idempotent_request;
begin
  insert into month_end.idempotent_request (actor, request_id, body_hash)
  values (p_actor, p_request_id, p_body_hash)
  on conflict (actor, request_id) do nothing;
  if found then
    return null;
  end if;
  select * into strict v_request from month_end.idempotent_request r
   where r.actor = p_actor and r.request_id = p_request_id;
  if v_request.body_hash <> p_body_hash then
    perform month_end.raise_error('M2008', format('Idempotency-Key %s', p_request_id));
  end if;
  return v_request.response;
end
$$;

comment on function month_end.begin_request(text, text, bytea) is
  'Claims an Idempotency-Key, or returns the answer that its first request was given.';
revoke all on function month_end.begin_request(text, text, bytea) from public;
grant execute on function month_end.begin_request(text, text, bytea) to monthend_operator;
