-- The body is the same at every attempt. No row: the webhook was removed meanwhile.
create or replace function month_end.read_notice(p_notice_id bigint, p_webhook_id integer)
returns table (url text, secret text, sent_id text, body jsonb)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select w.url, w.secret, format('%s-%s', n.notice_id, w.webhook_id),
         jsonb_build_object('schema', 'monthend.alert/1', 'type', 'alert.' || lower(n.kind),
           'timestamp', n.at, 'data', to_jsonb(a))
    from month_end.alert_notice n
    join month_end.alerts a on a.alert_id = n.alert_id
    join month_end.alert_webhook w on w.webhook_id = p_webhook_id
   where n.notice_id = p_notice_id and w.removed_at is null
$$;

comment on function month_end.read_notice(bigint, integer) is
  'What is sent to a webhook, where to, and the secret that signs it.';
revoke all on function month_end.read_notice(bigint, integer) from public;
grant execute on function month_end.read_notice(bigint, integer) to monthend_operator;
