-- Watching: the samples, with the judging of alerts, and what services and terminals have read for
-- screens and /metrics; not what psql reads. Statement time of the batch: a session in every phase,
-- in phase 4 as many as its workers were busy with; helpers in phases 1 and 5 are not counted.
create or replace view month_end.sampler_share as
  select m.batch_no, s.samples, round(s.sampler_ms / 1000, 3) as sampler_seconds,
         round(t.statement_seconds, 3) as statement_seconds,
         round(0.1 * s.sampler_ms / nullif(t.statement_seconds, 0), 3) as percent
    from month_end.staging_month_end_master m
   cross join lateral (
      select count(*) as samples, coalesce(sum(x.sampler_ms + x.read_ms), 0) as sampler_ms
        from month_end.batch_sample x where x.batch_no = m.batch_no) s
   cross join lateral (
      select coalesce(sum(busy_ms) / 1000, 0) as busy_seconds
        from month_end.batch_worker_control w where w.batch_no = m.batch_no) w
   cross join lateral (
      select sum(case x.phase when 4 then greatest(x.seconds, w.busy_seconds) else x.seconds end)
               as statement_seconds
        from month_end.batch_timeline x where x.batch_no = m.batch_no) t;

comment on view month_end.sampler_share is
  'What watching a batch took, and its share of the statement time of the batch.';
grant select on month_end.sampler_share to monthend_viewer, monthend_auditor;
