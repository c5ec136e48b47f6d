-- A request with an Idempotency-Key, in the transaction that carries it out: the answer that was
-- given before, or null for the first time. A second one that comes meanwhile waits here for the
-- first. Keys are the caller's own (month_end.actor), so nobody takes or reads another's. They are
-- forgotten after the setting idempotency_keep_days, whenever a request begins.
-- Writes idempotent_request. Raises M2008 for another body under the same key.
drop function if exists month_end.begin_request(text, text, bytea);
create or replace function month_end.begin_request(p_request_id text, p_body_hash bytea)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_actor text := month_end.actor();
  v_request month_end.idempotent_request;
begin
  delete from month_end.idempotent_request d
   using (select r.actor, r.request_id from month_end.idempotent_request r
           where r.created_at < clock_timestamp() - make_interval(
                   days => month_end.get_setting('idempotency_keep_days')::integer)
             for update skip locked) old
   where d.actor = old.actor and d.request_id = old.request_id;
  insert into month_end.idempotent_request (actor, request_id, body_hash)
  values (v_actor, p_request_id, p_body_hash)
  on conflict (actor, request_id) do nothing;
  if found then
    return null;
  end if;
  select * into strict v_request from month_end.idempotent_request r
   where r.actor = v_actor and r.request_id = p_request_id;
  if v_request.body_hash <> p_body_hash then
    perform month_end.raise_error('M2008', format('Idempotency-Key %s', p_request_id));
  end if;
  return v_request.response;
end
$$;

comment on function month_end.begin_request(text, bytea) is
  'Claims an Idempotency-Key, or returns the answer that its first request was given.';
revoke all on function month_end.begin_request(text, bytea) from public;
grant execute on function month_end.begin_request(text, bytea) to monthend_operator;
