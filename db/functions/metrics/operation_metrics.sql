-- Leases ever given (their sequence never goes back), the calendar, open alerts, connections.
create or replace view month_end.operation_metrics as
  select 'monthend_worker_leases_total' as name, '{}'::jsonb as labels,
         (case when s.is_called then s.last_value else 0 end)::double precision as value
    from month_end.lease_token_seq s
  union all
  select 'monthend_schedule_runs_overdue', jsonb_build_object('ledger', s.ledger_id::text),
         (select count(*) from month_end.due_runs() d
           where d.ledger_id = s.ledger_id and d.outcome <> 'SKIPPED')::double precision
    from month_end.schedule s
  union all
  select 'monthend_schedule_runs_unmet', jsonb_build_object('ledger', s.ledger_id::text),
         (select count(*) from month_end.scheduled_run r
            left join books.period p on p.ledger_id = r.ledger_id and p.period = r.period
           where r.ledger_id = s.ledger_id and r.status in ('MISSED', 'REFUSED')
             and p.state is distinct from 'CLOSED' and p.state is distinct from 'LOCKED'
         )::double precision
    from month_end.schedule s
  union all
  select 'monthend_alerts', jsonb_build_object('alert', lower(g.alert)),
         (select count(*) from month_end.alerts a
           where a.alert = g.alert and a.is_open)::double precision
    from month_end.alert_guide() g
  union all
  select 'monthend_server_connections', '{}', count(*)::double precision
    from pg_stat_activity a where a.backend_type = 'client backend'
  union all
  select 'monthend_server_connections_max', '{}',
         current_setting('max_connections')::double precision;

comment on view month_end.operation_metrics is
  'Leases, calendar, alerts and connections for /metrics.';
grant select on month_end.operation_metrics to monthend_viewer, monthend_auditor;
