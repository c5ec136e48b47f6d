set local role monthend_owner;

-- One row a batch. The commit flips `is_published`: ordinary MVCC, so that a statement sees all
-- of a batch or none of it, whatever leaves have been attached meanwhile.
create table ledger_data.batch_publication (
  batch_no     integer primary key,
  ledger_id    smallint not null,
  period       text collate "C" not null,
  batch_id     text collate "C" not null,
  is_published boolean not null default false,
  published_at timestamptz,
  check (is_published = (published_at is not null))
);

-- Columns ordered so that no padding is stored. Texts are in the views.
create table ledger_data.journal_entry_header (
  je_id          bigint not null,
  je_date        date not null,
  batch_no       integer not null,
  reference_type smallint not null,           -- books.source
  rule_set_id    smallint not null,
  entry_no       smallint not null,           -- of the rule set
  product_id     smallint not null,
  cost_center_id smallint not null,
  currency_id    smallint not null,
  reference_id   text collate "C" not null,   -- id of the source row
  origin_date    date,                        -- null = je_date
  primary key (je_id, je_date)
) partition by range (je_date);
create index on ledger_data.journal_entry_header (je_date);
create index on ledger_data.journal_entry_header (reference_type, reference_id);

create table ledger_data.journal_entry_line (
  je_id       bigint not null,
  je_date     date not null,
  batch_no    integer not null,
  line_no     smallint not null,
  account_id  smallint not null,
  currency_id smallint not null,
  is_debit    boolean not null,
  amount      numeric not null check (amount >= 0),
  functional_amount numeric,                  -- null = the ledger's own currency
  rate_id     integer,
  primary key (je_id, line_no, je_date)
) partition by range (je_date);

create table ledger_data.account_balance (
  batch_no    integer not null,
  account_id  smallint not null,
  currency_id smallint not null,
  debit       numeric not null,
  credit      numeric not null,
  line_count  bigint not null,
  primary key (batch_no, account_id, currency_id)
);
