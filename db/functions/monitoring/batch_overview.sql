-- Elapsed counts from the opening to the end, or to now; in the paused seconds of it nobody worked.
create or replace view month_end.batch_overview as
  select m.batch_no, m.ledger_id, m.batch_id, m.attempt, m.period, m.status, m.is_dry_run,
         month_end.running_phase(m.status) is not null as is_running, e.phase, e.phase_name,
         m.opened_at, m.committed_at, m.completed_at, m.opened_by, m.opened_from,
         m.scope_count as transaction_count, t.processed_count, c.elapsed_seconds, e.percent,
         e.seconds_left, e.seconds_left_low, e.seconds_left_high, e.expected_finish,
         (select month_end.get_setting('target_minutes')::numeric) as target_minutes,
         month_end.next_call(m) as next_call,
         (select s.sessions from month_end.batch_scale s where s.batch_no = m.batch_no)
           as wanted_sessions,
         round(month_end.pause_seconds(p.pauses, m.opened_at, c.until), 3) as paused_seconds,
         upper_inf(p.pauses) as is_paused
    from month_end.staging_month_end_master m
    join month_end.batch_estimate e on e.batch_no = m.batch_no
    join month_end.batch_throughput t on t.batch_no = m.batch_no
   cross join lateral (
      select u.until, month_end.seconds_between(m.opened_at, u.until) as elapsed_seconds
        from (select coalesce(m.completed_at, case when month_end.running_phase(m.status) is null
                       then (select max(v.at) from month_end.batch_event v
                              where v.batch_no = m.batch_no) end, clock_timestamp()) as until) u
      offset 0) c
   cross join lateral (select month_end.batch_pauses(m.batch_no) as pauses offset 0) p;

comment on view month_end.batch_overview is
  'Each batch with its phase, percent, elapsed and remaining time.';
grant select on month_end.batch_overview to monthend_viewer, monthend_auditor;
