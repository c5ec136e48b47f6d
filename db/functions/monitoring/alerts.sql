create or replace view month_end.alerts as
  select a.alert_id, a.ledger_id, m.batch_id, m.attempt, a.alert, a.severity, a.value,
         a.threshold, a.worst_value, g.unit, a.detail, g.meaning,
         format(g.command, coalesce(m.batch_id, a.detail), month_end.ledger_option(a.ledger_id),
           case when a.cleared_at is null and a.alert in ('THROUGHPUT', 'FINISH')
                     and not month_end.is_at_work(a.batch_no)
                then format('resume %s', m.batch_id)
                else format('scale %s %s', m.batch_id, least(250, greatest(8, 2 * s.sessions))) end)
           as command, a.opened_at, a.cleared_at,
         a.cleared_at is null as is_open, a.batch_no
    from month_end.alert a
    join month_end.alert_guide() g on g.alert = a.alert
    left join month_end.staging_month_end_master m on m.batch_no = a.batch_no
    left join month_end.batch_scale s on s.batch_no = a.batch_no
   where a.opened_at is not null;

comment on view month_end.alerts is
  'Alerts with what they mean and the command that helps; those that have not lasted are left out.';
grant select on month_end.alerts to monthend_viewer, monthend_auditor;
