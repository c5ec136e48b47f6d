create or replace view month_end.validation_stages as
  select m.batch_no, s.stage, s.label, r.pass, r.warn, r.fail,
         case when r.fail > 0 then 'FAIL' when r.warn > 0 then 'WARN'
              when r.pass > 0 then 'PASS' end as status
    from month_end.staging_month_end_master m
   cross join (values ('PREFLIGHT', 'pre-flight'), ('WORKER', 'per-worker'),
                      ('PRECOMMIT', 'pre-commit')) s(stage, label)
   cross join lateral (
      select count(*) filter (where v.status = 'PASS') as pass,
             count(*) filter (where v.status = 'WARN') as warn,
             count(*) filter (where v.status = 'FAIL') as fail
        from month_end.batch_validation_results v
       where v.batch_no = m.batch_no and v.stage = s.stage) r;

comment on view month_end.validation_stages is
  'Validation results of each batch, counted by stage; status is null before they run.';
grant select on month_end.validation_stages to monthend_viewer, monthend_auditor;
