set local role monthend_owner;

-- Since when an alert that is a warning has been critical without a break.
alter table month_end.alert add column critical_since timestamptz;

-- Peak: of all current rates so far. Paused: in which nobody worked on the batch. Reads: what the
-- screens took that were made since this sample.
alter table month_end.batch_sample
  add column peak_rate      numeric,
  add column paused_seconds numeric not null default 0,
  add column read_ms        numeric not null default 0;
