set local role monthend_owner;

insert into month_end.setting (name, value, description) values
  ('schedule_grace_minutes', '15',
   'a scheduled run that could not start for longer than this is missed');

-- One row a ledger that closes itself. Times of day are those of the zone.
create table month_end.schedule (
  ledger_id    smallint primary key references books.ledger,
  cron         text not null default '0 23 L * *'
               check (cron ~ '^[1-5]?[0-9] (1?[0-9]|2[0-3]) (L|1?[1-9]|[12]0|2[1-8]) \* \*$'),
  time_zone    text not null,
  is_enabled   boolean not null default true,
  missed       text not null default 'RUN_ONCE' check (missed in ('RUN_ONCE', 'FLAG')),
  workers      integer check (workers between 1 and 1000),      -- null = the setting workers
  sessions     integer check (sessions between 1 and 250),      -- null = those of the service
  first_month  date not null check (first_month = date_trunc('month', first_month)),
  planned_since timestamptz not null,           -- expression and zone are as they are since then
  changed_at   timestamptz not null default clock_timestamp(),
  changed_by   text not null default session_user
);

-- A run that is left out, or takes place at another time.
create table month_end.schedule_exception (
  ledger_id  smallint not null references month_end.schedule,
  period     text collate "C" not null,
  run_date   date not null,                     -- the run's own day, in the zone
  action     text not null check (action in ('SKIP', 'MOVE')),
  moved_to   timestamp check (moved_to = date_trunc('minute', moved_to)),
  reason     text not null,
  changed_at timestamptz not null default clock_timestamp(),
  changed_by text not null default session_user,
  primary key (ledger_id, period),
  check ((action = 'MOVE') = (moved_to is not null))
);

-- What became of the run of a period. The key is what makes it once.
create table month_end.scheduled_run (
  ledger_id    smallint not null references month_end.schedule,
  period       text collate "C" not null,
  due_at       timestamptz not null,
  status       text not null check (status in ('STARTED', 'SKIPPED', 'MISSED', 'REFUSED')),
  reason       text,
  batch_no     integer references month_end.staging_month_end_master,
  sessions     integer,
  decided_at   timestamptz not null,
  decided_by   text not null default session_user,
  decided_from text not null,
  submitted_at timestamptz,                     -- when a job was last made for its batch
  primary key (ledger_id, period),
  check ((status = 'STARTED') or batch_no is null)
);

-- Every change of a schedule and every decision, for whoever asks later.
create table month_end.schedule_event (
  event_id  bigint generated always as identity primary key,
  ledger_id smallint not null references books.ledger,
  period    text collate "C",
  at        timestamptz not null default clock_timestamp(),
  kind      text not null,
  message   text not null,
  by_login  text not null default session_user
);

grant select on month_end.schedule, month_end.schedule_exception, month_end.scheduled_run,
  month_end.schedule_event to monthend_viewer, monthend_auditor;
