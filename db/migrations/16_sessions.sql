set local role monthend_owner;

insert into month_end.setting (name, value, description) values
  ('session_hung_seconds', '120',
   'a session that makes no checkpoint for longer, and waits for no lock, is ended');

-- How many sessions of jobs a batch shall have. Apart from the batch's row, which a phase under way
-- may hold for minutes, and for that reason without a foreign key.
create table month_end.batch_scale (
  batch_no   integer primary key,
  sessions   integer check (sessions between 1 and 250),   -- null = run by hand in psql
  changed_at timestamptz not null default clock_timestamp(),
  changed_by text not null default session_user
);
comment on table month_end.batch_scale is
  'Sessions that batches shall have; control planes start them.';

alter table month_end.batch_worker_control
  add column retry_at timestamptz;
comment on column month_end.batch_worker_control.retry_at is
  'A worker whose chunk has failed is not claimed before; null = at once.';

grant select on month_end.batch_scale to monthend_viewer, monthend_auditor;
