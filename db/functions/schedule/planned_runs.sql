-- The runs of a schedule that nothing was decided about yet, from its first month on: p_months
-- months. Decided ones fall out before the costly part.
create or replace function month_end.planned_runs(p_ledger_id integer, p_months integer)
returns table (period text, run_date date, local_time timestamp, due_at timestamptz, action text,
               reason text)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select m.period, t.regular::date, coalesce(e.moved_to, t.regular),
         month_end.local_instant(coalesce(e.moved_to, t.regular), s.time_zone),
         coalesce(e.action, 'RUN'), e.reason
    from month_end.schedule s
   cross join generate_series(0, p_months - 1) n
   cross join lateral (select (s.first_month + make_interval(months => n))::date as first_day) d
   cross join lateral (select to_char(d.first_day, 'YYYY-MM') as period) m
   cross join lateral (select month_end.run_time(s.cron, d.first_day) as regular) t
    left join month_end.schedule_exception e
      on e.ledger_id = s.ledger_id and e.period = m.period collate "C"
   where s.ledger_id = p_ledger_id
     and not exists (select from month_end.scheduled_run r
                      where r.ledger_id = s.ledger_id and r.period = m.period collate "C")
   order by n
$$;

comment on function month_end.planned_runs(integer, integer) is
  'Undecided runs of a schedule from its first month on, exceptions included.';
revoke all on function month_end.planned_runs(integer, integer) from public;
grant execute on function month_end.planned_runs(integer, integer) to monthend_viewer;
