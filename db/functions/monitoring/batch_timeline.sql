-- Eight rows a batch. A phase that runs has begun when the one before it ended: its own row is not
-- to be seen before it ends. Its seconds are those in which somebody worked: the pauses of a phase
-- that is done are kept with it. OFFSET 0: each step is computed once, not wherever it is used.
create or replace view month_end.batch_timeline as
  select m.batch_no, n.phase, n.name, t.started_at, p.finished_at,
         round(extract(epoch from u.until - t.started_at)
               - coalesce(p.paused_seconds, case when u.until is not null
                   then month_end.pause_seconds(month_end.batch_pauses(m.batch_no),
                                                t.started_at, u.until) end), 3) as seconds,
         b.budget_seconds, t.is_running
    from month_end.staging_month_end_master m
   cross join month_end.phase_names() n
    join month_end.phase_budgets() b on b.phase = n.phase
    left join month_end.batch_phase p on p.batch_no = m.batch_no and p.phase = n.phase
   cross join lateral (
      select month_end.running_phase(m.status) is not distinct from n.phase as is_running) r
   cross join lateral (
      select r.is_running, case when r.is_running and p.started_at is null
               then coalesce((select max(before.finished_at) from month_end.batch_phase before
                               where before.batch_no = m.batch_no), m.opened_at)
               else p.started_at end as started_at offset 0) t
   cross join lateral (
      select coalesce(p.finished_at, case when t.is_running then clock_timestamp() end)
               as until offset 0) u;

comment on view month_end.batch_timeline is
  'The eight phases of each batch: start, end, seconds, budget; also while it runs.';
grant select on month_end.batch_timeline to monthend_viewer, monthend_auditor;
