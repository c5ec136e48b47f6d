set local role monthend_owner;

-- A batch that only validates says so itself: whoever goes on with it, with or without the job that
-- began it, ends it after pre-flight validation.
alter table month_end.staging_month_end_master
  add column is_dry_run boolean not null default false;

comment on column month_end.staging_month_end_master.is_dry_run is
  'Ends after phase 1: nothing is posted, the period stays as it is.';
