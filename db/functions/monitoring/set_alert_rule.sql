-- What is null stays as it is; a ledger's first row of its own starts from that of all.
-- Raises M2004. Writes alert_rule, audit_log.
create or replace function month_end.set_alert_rule(
  p_alert text, p_ledger_id integer default null, p_warning numeric default null,
  p_critical numeric default null, p_least_transactions bigint default null,
  p_hold_seconds integer default null, p_clear_share numeric default null,
  p_is_enabled boolean default null)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if not exists (select from month_end.alert_guide() g where g.alert = p_alert) then
    perform month_end.raise_error('M2004', format('alert %L', p_alert),
      './monthend alert rules lists them');
  end if;
  insert into month_end.alert_rule as r
    (ledger_id, alert, warning, critical, least_transactions, hold_seconds, clear_share, is_enabled)
  select p_ledger_id, p_alert, coalesce(p_warning, d.warning), coalesce(p_critical, d.critical),
         coalesce(p_least_transactions, d.least_transactions),
         coalesce(p_hold_seconds, d.hold_seconds), coalesce(p_clear_share, d.clear_share),
         coalesce(p_is_enabled, d.is_enabled)
    from month_end.alert_rule d
   where d.alert = p_alert and (d.ledger_id is null or d.ledger_id = p_ledger_id)
   order by d.ledger_id nulls last limit 1
  on conflict (ledger_id, alert) do update
    set warning = excluded.warning, critical = excluded.critical,
        least_transactions = excluded.least_transactions, hold_seconds = excluded.hold_seconds,
        clear_share = excluded.clear_share, is_enabled = excluded.is_enabled;
  perform month_end.record_audit('alert rule', p_alert, 'CHANGED', jsonb_strip_nulls(
    jsonb_build_object('ledger_id', p_ledger_id, 'warning', p_warning, 'critical', p_critical,
      'least_transactions', p_least_transactions, 'hold_seconds', p_hold_seconds,
      'clear_share', p_clear_share, 'is_enabled', p_is_enabled)));
end
$$;

comment on function month_end.set_alert_rule(
  text, integer, numeric, numeric, bigint, integer, numeric, boolean) is
  'Changes the thresholds of an alert, for all ledgers or for one.';
revoke all on function month_end.set_alert_rule(
  text, integer, numeric, numeric, bigint, integer, numeric, boolean) from public;
grant execute on function month_end.set_alert_rule(
  text, integer, numeric, numeric, bigint, integer, numeric, boolean) to monthend_operator;
