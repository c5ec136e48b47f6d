-- What became of an attempt: delivered where there is no error; given up after the last one.
create or replace function month_end.record_delivery(
  p_notice_id bigint, p_webhook_id integer, p_error text default null,
  p_is_last boolean default false)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  update month_end.alert_delivery
     set attempts = attempts + 1, last_error = p_error,
         delivered_at = case when p_error is null then clock_timestamp() end,
         given_up_at = case when p_error is not null and p_is_last then clock_timestamp() end
   where notice_id = p_notice_id and webhook_id = p_webhook_id;
end
$$;

comment on function month_end.record_delivery(bigint, integer, text, boolean) is
  'Notes an attempt to tell a webhook of an alert.';
revoke all on function month_end.record_delivery(bigint, integer, text, boolean) from public;
grant execute on function month_end.record_delivery(bigint, integer, text, boolean)
  to monthend_operator;
