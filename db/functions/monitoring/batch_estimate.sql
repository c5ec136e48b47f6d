-- Percent is of the whole batch: phases that are done by their share, of the running one the part
-- that is done. Transactions tell it in phase 4, elsewhere the time that the phase should take at
-- the batch's pace; in phase 5 its tasks where they are further, as a few of them take most of the
-- time. Phase 1 goes by the last three batches. Remaining: the rest of phase 4 at its own pace, all
-- else at the pace of the batch so far. The clock is the time spent in phases, so a night between
-- two tries does not count. OFFSET 0: where a step uses one before it, the planner would copy that
-- one's expression to each place, and its sub-selects with it: 178 of them, once.
create or replace view month_end.batch_estimate as
  select m.batch_no, f.phase, n.name as phase_name,
         case when m.status = 'COMPLETED' then 100.0 else round(100 * d.done, 1) end as percent,
         round(l.seconds_left, 1) as seconds_left,
         round(l.seconds_left * b.low_factor, 1) as seconds_left_low,
         round(l.seconds_left * b.high_factor, 1) as seconds_left_high,
         clock_timestamp() + make_interval(secs => round(l.seconds_left)::integer)
           as expected_finish
    from month_end.staging_month_end_master m
   cross join lateral (
      select max(t.phase) filter (where t.is_running) as phase, sum(t.seconds) as spent,
             sum(t.seconds) filter (where t.is_running) as in_phase,
             coalesce(sum(s.share) filter (where t.finished_at is not null), 0) as before,
             sum(s.share) filter (where t.is_running) as share
        from month_end.batch_timeline t
        join month_end.phase_shares(m.ledger_id) s on s.phase = t.phase
       where t.batch_no = m.batch_no) f
   cross join month_end.estimate_band(m.ledger_id) b
    left join month_end.phase_names() n on n.phase = f.phase
   cross join lateral (
      select case f.phase
        when 4 then (select sum(w.processed_count) / nullif(m.scope_count, 0)
                       from month_end.batch_worker_control w where w.batch_no = m.batch_no)
        when 5 then (select avg(s.done) from (
                       select (w.status = 'VALIDATED')::integer as done
                         from month_end.batch_worker_control w where w.batch_no = m.batch_no
                       union all
                       select (k.done_at is not null)::integer
                         from month_end.leaf_task k where k.batch_no = m.batch_no) s) end
               as steps offset 0) p
   cross join lateral (
      select case when f.phase = 1
             then f.in_phase / (
               select avg(extract(epoch from h.finished_at - h.started_at))
                 from month_end.batch_phase h
                where h.phase = 1 and h.batch_no in (
                  select o.batch_no from month_end.staging_month_end_master o
                   where o.ledger_id = m.ledger_id and o.status = 'COMPLETED'
                     and not o.is_supplement order by o.batch_no desc limit 3))
             else f.in_phase * f.before / nullif((f.spent - f.in_phase) * f.share, 0) end as time,
             coalesce(p.steps, 0) as steps offset 0) x
   cross join lateral (
      select case when f.phase = 4 then x.steps
             when f.phase = 5 then greatest(x.steps, least(0.95, coalesce(x.time, 0)))
             else least(0.95, coalesce(x.time, 0)) end as part offset 0) i
   cross join lateral (
      select least(0.999, f.before + coalesce(f.share * i.part, 0)) as done
      offset 0) d
   cross join lateral (
      select case when f.phase is not null and d.done > 0 then
               case when i.part > 0 and f.phase = 4
                 then f.in_phase * (1 - i.part) / i.part
                 else f.spent / d.done * f.share * (1 - i.part) end
               + f.spent / d.done * greatest(0, 1 - f.before - f.share) end as seconds_left
      offset 0) l;

comment on view month_end.batch_estimate is
  'Percent of each batch, remaining seconds with a band, expected finish; nulls: not known yet.';
grant select on month_end.batch_estimate to monthend_viewer, monthend_auditor;
