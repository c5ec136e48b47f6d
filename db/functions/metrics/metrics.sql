-- What /metrics has of the database, a row a series, of one snapshot.
create or replace view month_end.metrics as
  select c.name, c.labels, c.value from month_end.counter_metrics c
  union all
  select b.name, b.labels, b.value from month_end.batch_metrics b
  union all
  select o.name, o.labels, o.value from month_end.operation_metrics o;

comment on view month_end.metrics is
  'Every figure of the database that /metrics serves: name, labels, value.';
grant select on month_end.metrics to monthend_viewer, monthend_auditor;
