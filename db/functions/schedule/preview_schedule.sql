-- The next runs, overdue ones first; of a schedule that is off: those that would be.
create or replace function month_end.preview_schedule(
  p_ledger_id integer default 1, p_runs integer default 24, p_now timestamptz default null)
returns table (period text, run_date date, local_time timestamp, due_at timestamptz, time_zone text,
               action text, reason text, is_overdue boolean)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select r.period, r.run_date, r.local_time, r.due_at, s.time_zone, r.action, r.reason,
         r.due_at <= c.now
    from (select coalesce(p_now, clock_timestamp()) as now) c
   cross join month_end.schedule s
   cross join lateral month_end.planned_runs(
     s.ledger_id, month_end.months_until(s, c.now) + p_runs + 1) r
   where s.ledger_id = p_ledger_id
     and (s.is_enabled or r.due_at > c.now)
   order by r.period
   limit p_runs
$$;

comment on function month_end.preview_schedule(integer, integer, timestamptz) is
  'Next runs of a schedule in local time and as instants, exceptions included.';
revoke all on function month_end.preview_schedule(integer, integer, timestamptz) from public;
grant execute on function month_end.preview_schedule(integer, integer, timestamptz)
  to monthend_viewer;
