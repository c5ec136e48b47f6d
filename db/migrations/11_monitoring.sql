set local role monthend_owner;

insert into month_end.setting (name, value, description) values
  ('target_transactions_per_second', '5556', 'throughput that a batch is compared with'),
  ('target_worker_transactions_per_second', '720', 'the same for a worker'),
  ('target_minutes', '20', 'a batch is on time when it commits within so many'),
  ('window_minutes', '120', 'the window that the buffer of a batch is counted in'),
  ('slow_worker_share', '0.5', 'a worker is slow below this share of its batch''s median rate'),
  ('sample_keep_days', '400', 'how long the samples of a batch are kept after its end');

-- What was seen of a running batch: one row a second, whoever and however many look.
create table month_end.batch_sample (
  batch_no    integer not null references month_end.staging_month_end_master,
  sampled_at  timestamptz not null check (sampled_at = date_trunc('second', sampled_at)),
  phase       smallint,
  processed_count bigint not null,
  percent     numeric,                          -- of the whole batch
  transactions_per_second numeric,
  seconds_left      numeric,
  seconds_left_low  numeric,
  seconds_left_high numeric,
  server      jsonb not null,                   -- counters: the difference of two is a rate
  host        jsonb,                            -- the same of the machine; null = not available
  sampler_ms  numeric not null default 0,       -- what this sample took
  primary key (batch_no, sampled_at)
);
comment on table month_end.batch_sample is 'Progress and load of running batches by the second.';

-- The key figures of a batch, stored at its end. Total: from the opening to the end of phase 8.
-- Processing: from processing_started_at to committed_at.
create table month_end.batch_kpi (
  batch_no             integer primary key references month_end.staging_month_end_master,
  total_seconds        numeric not null,
  processing_seconds   numeric,
  target_seconds       numeric not null,
  buffer_seconds       numeric not null,        -- what is left of the window after total_seconds
  processing_buffer_seconds numeric,
  is_on_time           boolean not null,
  is_processing_on_time boolean,
  transactions_per_second numeric,
  processing_transactions_per_second numeric,
  peak_transactions_per_second numeric,
  target_transactions_per_second numeric not null,
  throughput_ratio     numeric,
  processing_throughput_ratio numeric,
  entries_per_second   numeric,
  processing_entries_per_second numeric,
  worker_transactions_per_second numeric,
  target_worker_transactions_per_second numeric not null,
  worker_ratio         numeric,
  utilisation_percent  numeric,                 -- of its sessions' time in phase 4
  transaction_p95_ms   numeric,
  chunk_p50_ms         numeric,
  chunk_p95_ms         numeric,
  chunk_p99_ms         numeric,
  chunk_max_ms         numeric,
  failed_validations   bigint not null,
  failed_workers       bigint not null,
  attempts             integer not null,        -- of this batch id, this one included
  success_percent      numeric not null,        -- of all batches of the ledger so far
  transaction_count    bigint not null,
  rejected_count       bigint not null,
  entry_count          bigint not null,
  worker_count         integer not null,
  session_count        integer not null,
  sampler_percent      numeric,
  estimate_low_factor  numeric,                 -- actual over estimated remaining time: a tenth
  estimate_high_factor numeric                  -- was lower than low, a tenth higher than high
);
comment on table month_end.batch_kpi is 'Key figures of complete batches, by both clocks.';

-- Thresholds of a ledger, or of all that have none of their own. Higher is worse for the finish
-- and failed workers, lower for rates.
create table month_end.alert_rule (
  ledger_id    smallint references books.ledger,
  alert        text not null check (alert in ('THROUGHPUT', 'WORKER_RATE', 'FINISH',
                 'WORKERS_FAILED', 'BATCH_FAILED', 'VALIDATION_FAILED', 'SCHEDULE_MISSED',
                 'CLOSE_OVERDUE')),
  warning      numeric,
  critical     numeric,
  least_transactions bigint not null default 0, -- a smaller batch raises none
  hold_seconds integer not null default 0,      -- so long it has to last, to open and to clear
  clear_share  numeric not null default 0       -- so far back over the threshold it has to come
               check (clear_share between 0 and 1),
  is_enabled   boolean not null default true,
  unique nulls not distinct (ledger_id, alert)
);
comment on table month_end.alert_rule is 'Thresholds of alerts; ledger null: every ledger.';
insert into month_end.alert_rule
  (alert, warning, critical, least_transactions, hold_seconds, clear_share) values
  ('THROUGHPUT', 4000, 2000, 100000, 10, 0.1),
  ('WORKER_RATE', 500, null, 100000, 10, 0.1),
  ('FINISH', 25, 90, 100000, 10, 0.1),
  ('WORKERS_FAILED', 5, 20, 0, 0, 0),
  ('BATCH_FAILED', null, 0, 0, 0, 0),
  ('VALIDATION_FAILED', null, 0, 0, 0, 0),
  ('SCHEDULE_MISSED', 0, null, 0, 0, 0),
  ('CLOSE_OVERDUE', 35, 40, 0, 0, 0);

-- An alert from the moment that its threshold is passed: open once it has lasted, until it has
-- been over for as long.
create table month_end.alert (
  alert_id    bigint generated always as identity primary key,
  ledger_id   smallint not null references books.ledger,
  batch_no    integer references month_end.staging_month_end_master,
  alert       text not null,
  severity    text not null check (severity in ('WARNING', 'CRITICAL')),
  value       numeric,
  threshold   numeric,
  worst_value numeric,
  detail      text,
  first_seen_at timestamptz not null,
  opened_at   timestamptz,
  better_since timestamptz,
  cleared_at  timestamptz
);
comment on table month_end.alert is 'Alerts, open and past.';
create unique index one_open_alert on month_end.alert (ledger_id, alert, coalesce(batch_no, 0))
  where cleared_at is null;
create index on month_end.alert (batch_no);

grant select on month_end.batch_sample, month_end.batch_kpi, month_end.alert_rule, month_end.alert
  to monthend_viewer, monthend_auditor;

-- Waits, statements and snapshots of other logins are shown to who may read all statistics. Where
-- the installing login can't grant that, they are not available, and everything else is.
set local role none;
do $$
begin
  if not pg_has_role('monthend_owner', 'pg_read_all_stats', 'usage') then
    grant pg_read_all_stats to monthend_owner;
  end if;
exception
  when insufficient_privilege or unique_violation then null;
end
$$;
set local role monthend_owner;
