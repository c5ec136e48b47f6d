-- Notices that no jobs were made for, with the webhooks that are to be told. They count as
-- submitted when the caller's transaction ends; what another session has taken is passed over.
create or replace function month_end.take_notices()
returns table (notice_id bigint, webhook_id integer)
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  with due as (
    select n.notice_id from month_end.alert_notice n
     where n.submitted_at is null order by n.notice_id for update skip locked),
  taken as (
    update month_end.alert_notice n set submitted_at = clock_timestamp()
      from due where due.notice_id = n.notice_id
    returning n.notice_id, n.alert_id)
  insert into month_end.alert_delivery as d (notice_id, webhook_id)
  select t.notice_id, w.webhook_id
    from taken t
    join month_end.alert a on a.alert_id = t.alert_id
    join month_end.alert_webhook w on coalesce(w.ledger_id, a.ledger_id) = a.ledger_id
   where w.removed_at is null
  returning d.notice_id, d.webhook_id
$$;

comment on function month_end.take_notices() is
  'Takes the notices that are to be sent, one row a webhook.';
revoke all on function month_end.take_notices() from public;
grant execute on function month_end.take_notices() to monthend_operator;
