create or replace view month_end.kpis as
  select m.ledger_id, m.batch_id, m.attempt, m.period, m.is_supplement, m.opened_at,
         m.committed_at, m.completed_at, k.*
    from month_end.batch_kpi k
    join month_end.staging_month_end_master m on m.batch_no = k.batch_no;

comment on view month_end.kpis is 'Stored key figures with the names of their batches.';
grant select on month_end.kpis to monthend_viewer, monthend_auditor;
