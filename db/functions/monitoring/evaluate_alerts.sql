-- Opens an alert whose threshold has been passed for as long as its rule says, and ends one that
-- has been back, by the rule's margin, for as long; between the two it stays what it is. A
-- severity only rises, to CRITICAL when the value has been critical for as long. Each opening,
-- escalation and end gives one notice.
-- Called by the sampler: with a running batch every second, without one for all that is none.
-- Returns the number of notices. Writes alert, alert_notice.
create or replace function month_end.evaluate_alerts(
  p_batch_no integer default null, p_now timestamptz default clock_timestamp())
returns integer
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_notices integer;
begin
  merge into month_end.alert a
  using (
    select x.*, x.severity = 'CRITICAL' and p_now - coalesce(c.critical_since, p_now) >= x.hold
             as is_critical
      from month_end.judge_alerts(p_batch_no) x
      left join month_end.alert c on c.alert_id = x.alert_id) j on a.alert_id = j.alert_id
  when matched and j.severity is not null then update
    set value = j.value, detail = j.detail, better_since = null,
        worst_value = case when j.value < j.threshold then least(a.worst_value, j.value)
                           else greatest(a.worst_value, j.value) end,
        severity = case when j.is_critical then 'CRITICAL' else a.severity end,
        threshold = case when j.is_critical or j.severity = a.severity
                         then j.threshold else a.threshold end,
        critical_since = case when j.severity = 'CRITICAL'
                              then coalesce(a.critical_since, p_now) end,
        escalated_at = case when a.opened_at is not null and a.severity = 'WARNING'
                                 and j.is_critical then p_now else a.escalated_at end,
        opened_at = coalesce(a.opened_at,
                             case when p_now - a.first_seen_at >= j.hold then p_now end)
  when matched and a.opened_at is null then delete
  when matched and (j.is_over or j.is_better and p_now - a.better_since >= j.hold
                    or j.is_better and j.hold = interval '0') then update
    set cleared_at = p_now, value = coalesce(j.value, a.value)
  when matched then update
    set value = j.value, critical_since = null,
        better_since = case when j.is_better then coalesce(a.better_since, p_now) end
  when not matched and j.severity is not null then insert
    (ledger_id, batch_no, alert, severity, value, threshold, worst_value, detail, first_seen_at,
     opened_at, critical_since)
    values (j.ledger_id, j.batch_no, j.alert,
            case when j.is_critical then 'CRITICAL' else 'WARNING' end, j.value, j.threshold,
            j.value, j.detail, p_now, case when j.hold = interval '0' then p_now end,
            case when j.severity = 'CRITICAL' then p_now end);
  insert into month_end.alert_notice (alert_id, kind, at)
  select a.alert_id, k.kind, p_now
    from month_end.alert a
   cross join lateral (values ('OPENED', a.opened_at), ('ESCALATED', a.escalated_at),
                              ('CLEARED', a.cleared_at)) k(kind, at)
   where k.at = p_now and coalesce(a.cleared_at, p_now) = p_now
  on conflict do nothing;
  get diagnostics v_notices = row_count;
  return v_notices;
end
$$;

comment on function month_end.evaluate_alerts(integer, timestamptz) is
  'Opens and clears alerts by their rules; returns how many were opened, escalated or cleared.';
revoke all on function month_end.evaluate_alerts(integer, timestamptz) from public;
grant execute on function month_end.evaluate_alerts(integer, timestamptz) to monthend_operator;
