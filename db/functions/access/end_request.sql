-- Keeps the answer to a request of this caller, in the transaction that carries it out. Writes
-- idempotent_request.
drop function if exists month_end.end_request(text, text, jsonb);
create or replace function month_end.end_request(p_request_id text, p_response jsonb)
returns void
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  update month_end.idempotent_request set response = p_response
   where actor = month_end.actor() and request_id = p_request_id
$$;

comment on function month_end.end_request(text, jsonb) is
  'Keeps the answer to a request with an Idempotency-Key.';
revoke all on function month_end.end_request(text, jsonb) from public;
grant execute on function month_end.end_request(text, jsonb) to monthend_operator;
