set local role monthend_owner;

alter table month_end.alert add column escalated_at timestamptz;

-- A foreign key locks the batch's row, which phases hold for as long as they last: a sample
-- would wait for them, and they for it.
alter table month_end.batch_sample drop constraint batch_sample_batch_no_fkey;
alter table month_end.alert drop constraint alert_batch_no_fkey;

-- What has happened to an alert, for whoever is to be told: each once.
create table month_end.alert_notice (
  notice_id    bigint generated always as identity primary key,
  alert_id     bigint not null references month_end.alert,
  kind         text not null check (kind in ('OPENED', 'ESCALATED', 'CLEARED')),
  at           timestamptz not null,
  submitted_at timestamptz,                     -- when jobs were made of it
  unique (alert_id, kind)
);
comment on table month_end.alert_notice is 'Openings, escalations and ends of alerts.';
create index on month_end.alert_notice (notice_id) where submitted_at is null;

create table month_end.alert_webhook (
  webhook_id integer generated always as identity primary key,
  ledger_id  smallint references books.ledger,  -- null = of every ledger
  url        text not null check (url ~ '^https?://[^/[:space:]]+'),
  secret     text not null,                     -- signs, so it has to be known as it is
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null default session_user,
  removed_at timestamptz
);
comment on table month_end.alert_webhook is 'Who is told of alerts.';

create table month_end.alert_delivery (
  notice_id    bigint not null references month_end.alert_notice,
  webhook_id   integer not null references month_end.alert_webhook,
  attempts     integer not null default 0,
  last_error   text,
  delivered_at timestamptz,
  given_up_at  timestamptz,
  primary key (notice_id, webhook_id)
);
comment on table month_end.alert_delivery is 'What became of each notice at each webhook.';

grant select on month_end.alert_notice, month_end.alert_delivery
  to monthend_viewer, monthend_auditor;
grant select (webhook_id, ledger_id, url, created_at, created_by, removed_at)
  on month_end.alert_webhook to monthend_operator, monthend_auditor;
