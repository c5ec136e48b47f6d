-- Every value that is judged, and every alert that is not over, with the verdict: severity where a
-- threshold is passed; is_better where the value is back by the rule's margin; is_over where there
-- is nothing to judge any more, because the batch or the phase has ended.
create or replace function month_end.judge_alerts(p_batch_no integer)
returns table (alert_id bigint, ledger_id smallint, batch_no integer, alert text, severity text,
               value numeric, threshold numeric, detail text, hold interval, is_better boolean,
               is_over boolean)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
begin
  return query
  with judged as (
    select v.*, g.is_low_bad, r.warning, r.critical, r.hold_seconds,
           case when g.is_low_bad then v.value < r.critical else v.value > r.critical end
             as is_critical,
           case when g.is_low_bad then v.value < r.warning else v.value > r.warning end
             as is_warning,
           case when g.is_low_bad
                then v.value >= coalesce(r.warning, r.critical) * (1 + r.clear_share)
                else v.value <= coalesce(r.warning, r.critical) * (1 - r.clear_share) end
             as is_better
      from month_end.alert_values(p_batch_no) v
      join month_end.alert_guide() g on g.alert = v.alert
     cross join lateral (
        select x.* from month_end.alert_rule x
         where x.alert = v.alert and coalesce(x.ledger_id, v.ledger_id) = v.ledger_id
         order by x.ledger_id nulls last limit 1) r
     where r.is_enabled and v.value is not null
       and coalesce(v.transaction_count, 0) >= r.least_transactions),
  known as (
    select a.* from month_end.alert a
      left join month_end.staging_month_end_master m on m.batch_no = a.batch_no
     where a.cleared_at is null
       and case when p_batch_no is not null then a.batch_no = p_batch_no
                else month_end.running_phase(m.status) is null end)
  select k.alert_id, coalesce(j.ledger_id, k.ledger_id), coalesce(j.batch_no, k.batch_no),
         coalesce(j.alert, k.alert),
         case when j.is_critical then 'CRITICAL' when j.is_warning then 'WARNING' end, j.value,
         case when j.is_critical then j.critical when j.is_warning then j.warning end, j.detail,
         make_interval(secs => j.hold_seconds), j.is_better, j.alert is null
    from judged j
    full join known k on k.alert = j.alert and k.ledger_id = j.ledger_id
                     and coalesce(k.batch_no, 0) = coalesce(j.batch_no, 0);
end
$$;

comment on function month_end.judge_alerts(integer) is
  'What is to be said of each value and of each open alert now.';
revoke all on function month_end.judge_alerts(integer) from public;
grant execute on function month_end.judge_alerts(integer) to monthend_viewer;
