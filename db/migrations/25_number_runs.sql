set local role monthend_owner;

-- What a frozen scope comes to, added up once: by run of numbers, from which the chunks are made,
-- and by source, currency and day, for the control figures.
create table month_end.number_run (
  batch_no         integer not null,
  run_no           integer not null,
  source           smallint not null,
  currency_id      smallint not null,
  transaction_date date not null,
  rule_set_id      smallint not null,
  first_offset     bigint not null,
  transaction_count bigint not null,
  amount           numeric not null,
  negative_amount  numeric not null,          -- the part of amount that is below zero
  primary key (batch_no, run_no, source, currency_id, transaction_date, rule_set_id)
);
comment on table month_end.number_run is
  'What the scope of a batch comes to, by run of numbers, source, currency, day and rule set.';

grant select on month_end.number_run to monthend_auditor;
