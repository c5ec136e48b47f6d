-- Raises M2004. Writes alert_webhook, audit_log: never the secret.
create or replace function month_end.add_webhook(
  p_url text, p_secret text, p_ledger_id integer default null)
returns integer
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_webhook_id integer;
begin
  if p_url is null or p_url !~ '^https?://[^/[:space:]]+' then
    perform month_end.raise_error('M2004', format('%L is no address', p_url),
      'It begins with https://, or with http:// inside a trusted network');
  end if;
  insert into month_end.alert_webhook (ledger_id, url, secret)
  values (p_ledger_id, p_url, p_secret) returning webhook_id into v_webhook_id;
  perform month_end.record_audit('webhook', v_webhook_id::text, 'CREATED',
    jsonb_build_object('url', p_url, 'ledger_id', p_ledger_id));
  return v_webhook_id;
end
$$;

comment on function month_end.add_webhook(text, text, integer) is
  'Has alerts sent to an address, signed with a secret; of one ledger, or of all.';
revoke all on function month_end.add_webhook(text, text, integer) from public;
grant execute on function month_end.add_webhook(text, text, integer) to monthend_operator;
