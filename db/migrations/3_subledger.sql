-- The staging tables of an import are temporary ones of the owner: PUBLIC may have lost the right.
do $$
begin
  execute format('grant temporary on database %I to monthend_owner', current_database());
end
$$;

set local role monthend_owner;

create table subledger.import (
  import_id   bigint generated always as identity primary key,
  source      smallint not null references books.source,
  file_name   text not null,
  sha256      text not null,                  -- of the content: zcat FILE.gz | sha256sum
  line_count  bigint not null,                -- data lines, the header not counted
  loaded_count    bigint not null,
  unchanged_count bigint not null,            -- already here with the same content
  corrected_count bigint not null,            -- replaced a row that a batch had rejected
  conflict_count  bigint not null,            -- the same id is here with other content
  rejected_count  bigint not null,            -- kept aside in import_reject, conflicts included
  started_at  timestamptz not null,
  finished_at timestamptz not null default clock_timestamp(),
  imported_by text not null default session_user,
  check (line_count = loaded_count + unchanged_count + corrected_count + rejected_count),
  check (conflict_count <= rejected_count)
);
-- not unique: a file may come again when what kept some of its rows aside is gone
create index on subledger.import (source, sha256);

create table subledger.import_reject (
  import_id   bigint not null references subledger.import,
  line_no     bigint not null,                -- 1 = the header line
  column_name text,                           -- null = the line as a whole
  rule        text not null,
  reason      text not null,
  raw         text not null,                  -- as it came; what is no text in it as U+FFFD
  primary key (import_id, line_no)
);

-- What upstream delivers is taken as it is; whether a row is fit to post is pre-flight's to say.
-- Only what places a row in a period is demanded here, or it would belong to no batch at all.
create table subledger.premium_transaction (
  txn_id        text collate "C" primary key,
  ledger_id     smallint not null default 1 references books.ledger,
  policy_number text,
  product_code  text collate "C",
  payment_date  date not null check (isfinite(payment_date)),
  amount        numeric,
  currency      text collate "C",
  cost_center   text collate "C",
  -- of subledger.import, written by its function alone: a foreign key would check it row by row
  import_id     bigint,
  import_line   bigint,
  recorded_at   timestamptz not null default clock_timestamp()
);
create index on subledger.premium_transaction (payment_date, txn_id);

create table subledger.claims_transaction (
  claim_id      text collate "C" primary key,
  ledger_id     smallint not null default 1 references books.ledger,
  policy_number text,
  product_code  text collate "C",
  claim_date    date not null check (isfinite(claim_date)),
  amount        numeric,
  currency      text collate "C",
  cost_center   text collate "C",
  import_id     bigint,
  import_line   bigint,
  recorded_at   timestamptz not null default clock_timestamp()
);
create index on subledger.claims_transaction (claim_date, claim_id);

create table subledger.rejected_transaction (
  batch_no    integer not null,
  source      smallint not null references books.source,
  source_id   text collate "C" not null,
  rule        text not null,                  -- the first rule that the row breaks
  reason      text not null,                  -- all of them, with the values
  currency    text,
  amount      numeric,
  is_repeat   boolean not null,               -- an earlier batch had rejected it already
  original    jsonb not null,                 -- the row as it was
  primary key (batch_no, source, source_id)
);
create index on subledger.rejected_transaction (source, source_id);

create table subledger.set_aside_transaction (
  source      smallint not null references books.source,
  source_id   text collate "C" not null,
  batch_no    integer not null,
  transaction_date date not null,
  currency    text not null,
  reason      text not null,
  primary key (source, source_id)
);
create index on subledger.set_aside_transaction (batch_no);

create table subledger.transaction_correction (
  correction_id bigint generated always as identity primary key,
  source        smallint not null references books.source,
  source_id     text collate "C" not null,
  before        jsonb not null,
  after         jsonb not null,
  corrected_at  timestamptz not null default clock_timestamp(),
  corrected_by  text not null default session_user
);
create index on subledger.transaction_correction (source, source_id);

grant select on all tables in schema subledger to monthend_auditor, monthend_operator;
-- upstream systems and the import write here; a row trigger guards what a close has frozen
grant insert, update, delete on subledger.premium_transaction, subledger.claims_transaction
  to monthend_operator;
