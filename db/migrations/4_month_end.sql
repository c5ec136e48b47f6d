set local role monthend_owner;

create table month_end.setting (
  name        text primary key,
  value       text not null,
  description text not null
);
insert into month_end.setting (name, value, description) values
  ('workers', '16', 'workers of a batch when the caller names no number'),
  ('chunk_transactions', '25088',
   'transactions of a chunk: what a killed session loses at most; 25,088 * 3 is a multiple of 256'),
  ('leaf_entries', '4000000', 'entries of a bulk leaf'),
  ('reject_tolerance_count', '100', 'so many rejects never stop a batch'),
  ('reject_tolerance_share', '0.001', 'more stop it only above this share of its source rows'),
  ('lock_timeout_ms', '10000', 'how long a close waits for a period or a source row in use'),
  ('chunk_attempts', '5', 'attempts at a chunk before its worker is FAILED'),
  ('bytes_per_transaction', '2200',
   'disk that a transaction takes in scope, entries, lines and indexes, for the room check');

-- One row a run. A cancelled or failed run keeps its row; the next is a new attempt of the id.
create table month_end.staging_month_end_master (
  batch_no      integer generated always as identity primary key,
  batch_id      text collate "C" not null,
  attempt       smallint not null,
  ledger_id     smallint not null,
  period        text collate "C" not null,
  is_supplement boolean not null,
  status        text not null check (status in ('OPENED', 'SCOPED', 'NUMBERED', 'PROCESSING',
                  'PROCESSED', 'STAGED', 'VALIDATED', 'COMMITTED', 'COMPLETED',
                  'FAILED', 'CANCELLED')),
  requested_workers integer not null check (requested_workers between 1 and 1000),
  worker_count      integer,
  chunk_count       integer,
  source_premium_count bigint,
  source_claims_count  bigint,
  scope_count       bigint,
  rejected_count    bigint,
  set_aside_count   bigint,
  first_number      bigint,
  last_number       bigint,
  actual_je_count   bigint,
  actual_line_count bigint,
  digest            bytea,
  function_hash     text not null,
  opened_at         timestamptz not null default clock_timestamp(),
  processing_started_at timestamptz,
  committed_at      timestamptz,
  completed_at      timestamptz,
  opened_by         text not null default session_user,
  opened_from       text not null,
  unique (ledger_id, batch_id, attempt),
  foreign key (ledger_id, period) references books.period
);
create unique index one_active_batch on month_end.staging_month_end_master (ledger_id, period)
  where status not in ('COMPLETED', 'FAILED', 'CANCELLED');
create unique index one_live_attempt on month_end.staging_month_end_master (ledger_id, batch_id)
  where status not in ('FAILED', 'CANCELLED');

create table month_end.batch_phase (
  batch_no    integer not null references month_end.staging_month_end_master,
  phase       smallint not null check (phase between 1 and 8),
  started_at  timestamptz not null,
  finished_at timestamptz,
  primary key (batch_no, phase)
);

-- Source, posted and rejected by source and currency: the control figures of the batch.
create table month_end.batch_control (
  batch_no       integer not null references month_end.staging_month_end_master,
  source         smallint not null references books.source,
  currency       text collate "C" not null,   -- as delivered; '' where it is missing
  source_count   bigint not null,
  source_amount  numeric not null,
  posted_count   bigint not null,
  posted_amount  numeric not null,
  rejected_count bigint not null,
  rejected_amount numeric not null,
  set_aside_count bigint not null,
  primary key (batch_no, source, currency)
);

-- The frozen fit transactions. One partition a batch, made and attached by freeze_scope.
create table month_end.scope (
  batch_no         integer not null,
  source           smallint not null,
  source_id        text collate "C" not null,
  transaction_date date not null,
  entry_offset     bigint not null,           -- entries of the batch before this transaction's
  entry_count      smallint not null,
  rule_set_id      smallint not null,
  product_id       smallint not null,
  cost_center_id   smallint not null,
  currency_id      smallint not null,
  amount           numeric not null,
  origin_date      date                       -- null = transaction_date
) partition by list (batch_no);

create table month_end.leaf (
  batch_no     integer not null references month_end.staging_month_end_master,
  leaf_no      smallint not null,
  is_tail      boolean not null,
  header_table text not null,
  line_table   text not null,
  first_je_id  bigint not null,
  end_je_id    bigint not null,               -- exclusive
  is_attached  boolean not null default false,
  primary key (batch_no, leaf_no)
);

-- What is done to a bulk leaf after its load, by any session: its indexes, its statistics.
create table month_end.leaf_task (
  batch_no  integer not null,
  leaf_no   smallint not null,
  task      text not null check (task in ('LINE_KEY', 'HEADER_KEY', 'HEADER_DATE',
              'HEADER_REFERENCE', 'LINE_STATISTICS', 'HEADER_STATISTICS')),
  done_at   timestamptz,
  busy_ms   integer,
  primary key (batch_no, leaf_no, task),
  foreign key (batch_no, leaf_no) references month_end.leaf on delete cascade
);

create table month_end.batch_worker_control (
  batch_no      integer not null references month_end.staging_month_end_master,
  worker_id     integer not null,
  status        text not null default 'PENDING'
                check (status in ('PENDING', 'RUNNING', 'PROCESSED', 'VALIDATED', 'FAILED')),
  first_chunk   integer not null,
  last_chunk    integer not null,
  checkpoint    integer,                      -- last chunk that is done; null = none yet
  transaction_count bigint not null,
  entry_count       bigint not null,
  processed_count   bigint not null default 0,
  busy_ms       bigint not null default 0,    -- time that sessions worked on it
  attempts      integer not null default 0,   -- failed tries at the chunk after the checkpoint
  lease_token   bigint,
  lease_pid     integer,
  leased_by     text,
  leased_at     timestamptz,
  error_sqlstate text,
  error_message  text,
  primary key (batch_no, worker_id)
) with (fillfactor = 50);

create sequence month_end.lease_token_seq;

-- The manifest: what each chunk has to come out as, fixed before the first row is posted.
create table month_end.chunk (
  batch_no     integer not null,
  chunk_no     integer not null,
  worker_id    integer not null,
  leaf_no      smallint not null,
  first_offset bigint not null,
  end_offset   bigint not null,               -- exclusive
  transaction_count bigint not null,
  entry_count  bigint not null,
  line_count   bigint not null,
  amount       numeric not null,              -- absolute amounts, all currencies: a checksum
  completed_at timestamptz,
  busy_ms      integer,
  first_block  bigint,
  block_hashes bytea[],                       -- of the 256-entry blocks that start in the chunk
  primary key (batch_no, chunk_no)
) with (fillfactor = 50);

-- What the chunks say they posted, by account: held against the stored lines in phase 5.
create table month_end.chunk_balance (
  batch_no    integer not null,
  chunk_no    integer not null,
  account_id  smallint not null,
  currency_id smallint not null,
  debit       numeric not null,
  credit      numeric not null,
  line_count  bigint not null,
  primary key (batch_no, chunk_no, account_id, currency_id)
);

-- The same, added up from the stored lines of each worker.
create table month_end.worker_balance (
  batch_no    integer not null,
  worker_id   integer not null,
  account_id  smallint not null,
  currency_id smallint not null,
  debit       numeric not null,
  credit      numeric not null,
  line_count  bigint not null,
  primary key (batch_no, worker_id, account_id, currency_id)
);

-- Control lines as stored, by source and currency.
create table month_end.worker_control (
  batch_no    integer not null,
  worker_id   integer not null,
  source      smallint not null,
  currency_id smallint not null,
  posted_count  bigint not null,
  posted_amount numeric not null,
  primary key (batch_no, worker_id, source, currency_id)
);

create table month_end.batch_validation_results (
  result_id  bigint generated always as identity primary key,
  batch_no   integer not null references month_end.staging_month_end_master,
  stage      text not null check (stage in ('PREFLIGHT', 'WORKER', 'PRECOMMIT')),
  worker_id  integer,
  rule       text not null,
  status     text not null check (status in ('PASS', 'WARN', 'FAIL')),
  expected   text,
  actual     text,
  detail     text,
  checked_at timestamptz not null default clock_timestamp()
);
create index on month_end.batch_validation_results (batch_no, stage);

create table month_end.batch_event (
  event_id  bigint generated always as identity primary key,
  batch_no  integer not null references month_end.staging_month_end_master,
  at        timestamptz not null default clock_timestamp(),
  kind      text not null,
  worker_id integer,
  message   text not null
);
create index on month_end.batch_event (batch_no, event_id);

create table month_end.number_gap (
  ledger_id    smallint not null,
  period       text collate "C" not null,
  first_number bigint not null,
  last_number  bigint not null check (last_number >= first_number),
  reason       text not null,
  registered_at timestamptz not null default clock_timestamp(),
  registered_by text not null default session_user,
  primary key (ledger_id, period, first_number),
  foreign key (ledger_id, period) references books.period
);

-- Which text of each function is applied; kept by the loader.
create table month_end.function_source (
  path       text primary key,
  checksum   text not null,
  applied_at timestamptz not null default clock_timestamp()
);

grant select on all tables in schema month_end to monthend_viewer, monthend_auditor;
