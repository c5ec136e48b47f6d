-- What is to be decided now, and how. Late is counted from the later of the due time and the last
-- change of the plan: a run whose time was set into the past is due, not missed. A dry run that
-- holds the period is waited for.
create or replace function month_end.due_runs(p_now timestamptz default null)
returns table (ledger_id smallint, period text, due_at timestamptz, outcome text, reason text,
               workers integer, sessions integer)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select s.ledger_id, r.period, r.due_at,
         case when r.action = 'SKIP' then 'SKIPPED'
              when l.is_late and s.missed = 'FLAG' then 'MISSED'
              else 'STARTED' end,
         case when r.action = 'SKIP' then r.reason
              when l.is_late then format('late by %s minutes', ceil(l.seconds / 60)) end,
         s.workers, s.sessions
    from (select coalesce(p_now, clock_timestamp()) as now) c
   cross join month_end.schedule s
   cross join lateral month_end.planned_runs(s.ledger_id, month_end.months_until(s, c.now)) r
   cross join lateral (
     select x.seconds,
            x.seconds > month_end.get_setting('schedule_grace_minutes')::integer * 60 as is_late
       from (select extract(epoch from c.now - greatest(r.due_at, s.planned_since)) as seconds) x) l
   where s.is_enabled
     and r.due_at <= c.now
     and not exists (select from month_end.staging_month_end_master m
                      where m.ledger_id = s.ledger_id and m.period = r.period collate "C"
                        and m.is_dry_run and m.status not in ('COMPLETED', 'FAILED', 'CANCELLED'))
   order by r.due_at, s.ledger_id
$$;

comment on function month_end.due_runs(timestamptz) is
  'Scheduled runs that are due and not decided yet; the clock is the database''s unless given.';
revoke all on function month_end.due_runs(timestamptz) from public;
grant execute on function month_end.due_runs(timestamptz) to monthend_viewer;
