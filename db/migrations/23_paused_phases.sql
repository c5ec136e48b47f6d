set local role monthend_owner;

-- The pauses of a phase that is done never change. Null: it was done before they were kept.
alter table month_end.batch_phase add column paused_seconds numeric;
comment on column month_end.batch_phase.paused_seconds is
  'Of its seconds those in which nobody worked.';
