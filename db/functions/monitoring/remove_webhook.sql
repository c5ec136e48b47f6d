-- Its deliveries stay. Raises M2004. Writes alert_webhook, audit_log.
create or replace function month_end.remove_webhook(p_webhook_id integer)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  update month_end.alert_webhook set removed_at = clock_timestamp(), secret = ''
   where webhook_id = p_webhook_id and removed_at is null;
  if not found then
    perform month_end.raise_error('M2004', format('there is no webhook %s', p_webhook_id),
      './monthend alert webhook list shows all');
  end if;
  perform month_end.record_audit('webhook', p_webhook_id::text, 'REMOVED');
end
$$;

comment on function month_end.remove_webhook(integer) is
  'Ends the sending of alerts to an address, and forgets its secret.';
revoke all on function month_end.remove_webhook(integer) from public;
grant execute on function month_end.remove_webhook(integer) to monthend_operator;
