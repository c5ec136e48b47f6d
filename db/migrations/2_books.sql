set local role monthend_owner;

create table books.currency (
  currency_id smallint primary key,          -- ISO 4217 numeric code
  code        text collate "C" not null unique check (code ~ '^[A-Z]{3}$'),
  minor_unit  smallint not null check (minor_unit between 0 and 4)
);

create table books.ledger (
  -- 900 keeps je_id = (ledger_id * 10^6 + yyyymm) * 10^10 + number inside a bigint
  ledger_id     smallint primary key check (ledger_id between 1 and 900),
  code          text collate "C" not null unique,
  name          text not null,
  currency_id   smallint not null references books.currency,
  time_zone     text not null default 'Europe/Paris'
);

create table books.period (
  ledger_id   smallint not null references books.ledger,
  period      text collate "C" not null check (period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
  first_day   date not null,
  next_first_day date not null,
  state       text not null default 'OPEN' check (state in ('OPEN', 'CLOSING', 'CLOSED', 'LOCKED')),
  next_number bigint not null default 1 check (next_number between 1 and 9999999999),
  primary key (ledger_id, period),
  check (first_day = date_trunc('month', first_day)
         and next_first_day = first_day + interval '1 month')
);

create table books.account (
  account_id smallint generated always as identity primary key,
  ledger_id  smallint not null references books.ledger,
  code       text collate "C" not null check (code ~ '^[A-Za-z0-9.-]+$'),
  name       text not null,
  type       text not null check (type in ('asset', 'liability', 'equity', 'income', 'expense')),
  is_contra  boolean not null default false,
  is_active  boolean not null default true,
  unique (ledger_id, code)
);

create table books.product (
  product_id smallint generated always as identity primary key,
  ledger_id  smallint not null references books.ledger,
  code       text collate "C" not null,
  name       text not null,
  is_active  boolean not null default true,
  unique (ledger_id, code)
);

create table books.cost_center (
  cost_center_id smallint generated always as identity primary key,
  ledger_id      smallint not null references books.ledger,
  code           text collate "C" not null,
  is_active      boolean not null default true,
  unique (ledger_id, code)
);

-- The subledgers that the engine posts from. A neighbour adds its row here, its table, its
-- branch of the view subledger.transaction, and rules.
create table books.source (
  source smallint primary key,
  code   text collate "C" not null unique
);

create table books.rule_set (
  rule_set_id smallint generated always as identity primary key,
  ledger_id   smallint not null references books.ledger,
  source      smallint not null references books.source,
  version     integer not null check (version > 0),
  valid_from  date not null,
  valid_to    date,                           -- exclusive; null = until replaced
  entry_count smallint not null check (entry_count between 1 and 99),
  line_count  smallint not null,
  stored_at   timestamptz not null default clock_timestamp(),
  stored_by   text not null default session_user,
  unique (ledger_id, source, version),
  check (valid_to > valid_from)
);

create table books.rule_entry (
  rule_set_id  smallint not null references books.rule_set,
  entry_no     smallint not null check (entry_no > 0),
  code         text collate "C" not null check (code ~ '^[A-Za-z0-9._-]+$'),
  description  text not null,
  -- accounts and sides of the entry's lines as they stand in its canonical bytes, once for
  -- positive and once for negative transactions: '1110D,4410C,5010C'
  pattern          text collate "C" not null,
  negative_pattern text collate "C" not null,
  primary key (rule_set_id, entry_no),
  unique (rule_set_id, code)
);

create table books.rule_line (
  rule_set_id smallint not null,
  entry_no    smallint not null,
  line_no     smallint not null check (line_no > 0),
  account_id  smallint not null references books.account,
  is_debit    boolean not null,
  share       numeric not null check (share > 0 and share < 1000),
  -- cumulated over the lines of the same side: the amount of a line is
  -- round(A * share_to) - round(A * share_from), so that a side adds up to round(A * its total)
  share_from  numeric not null check (share_from >= 0),
  share_to    numeric not null,
  is_control  boolean not null,
  primary key (rule_set_id, entry_no, line_no),
  foreign key (rule_set_id, entry_no) references books.rule_entry,
  check (share_to = share_from + share),
  check (not is_control or (share_from = 0 and share_to = 1))
);

grant select on all tables in schema books to monthend_viewer, monthend_auditor;
