-- The ledger's last complete batch of an earlier period, of the same kind. Expected: its seconds,
-- by the number of transactions.
create or replace view month_end.batch_comparison as
  select m.batch_no, p.batch_no as previous_batch_no, p.batch_id as previous_batch_id,
         p.scope_count as previous_transaction_count, p.seconds as previous_seconds,
         case when e.elapsed >= make_interval(secs => p.seconds::double precision) then 100
              else coalesce((select max(s.percent) from month_end.batch_sample s
                              where s.batch_no = p.batch_no
                                and s.sampled_at <= p.opened_at + e.elapsed), 0) end
           as previous_percent,
         round(p.seconds * m.scope_count / nullif(p.scope_count, 0), 1) as expected_seconds,
         m.opened_at + make_interval(secs => (p.seconds * m.scope_count
           / nullif(p.scope_count, 0))::double precision) as expected_finish
    from month_end.staging_month_end_master m
   cross join lateral (
      select coalesce(m.completed_at, clock_timestamp()) - m.opened_at as elapsed) e
   cross join lateral (
      select o.batch_no, o.batch_id, o.scope_count, o.opened_at,
             month_end.seconds_between(o.opened_at, o.completed_at) as seconds
        from month_end.staging_month_end_master o
       where o.ledger_id = m.ledger_id and o.period < m.period and o.status = 'COMPLETED'
         and o.is_supplement = m.is_supplement
       order by o.period desc, o.batch_no desc limit 1) p;

comment on view month_end.batch_comparison is
  'Each batch beside that of the month before: its percent at the same time, the expected finish.';
grant select on month_end.batch_comparison to monthend_viewer, monthend_auditor;
