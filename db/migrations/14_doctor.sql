set local role monthend_owner;

insert into month_end.setting (name, value, description) values
  ('long_transaction_minutes', '15', 'a transaction open for longer is a finding of the doctor'),
  ('freeze_age_warning', '1000000000',
   'age in transactions from which the doctor warns of wraparound; an error at 1.9 times that');

-- What the last installation left, for the doctor.
create table month_end.installed_function (
  object text primary key,
  name   text not null,
  hash   text not null
);
grant select on month_end.installed_function to monthend_viewer, monthend_auditor;
