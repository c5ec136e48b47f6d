-- The default books of the specification: ledger 1, its accounts, products, cost centres and the
-- rules P1–P3 and C1–C3. Does nothing where a ledger is there: a company's own books stay.
-- Source: Council Directive 91/674/EEC, articles 34-36, 38, 40-41 and 60; codes are our own.
create or replace function books.seed_defaults()
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if exists (select from books.ledger) then
    return;
  end if;
  insert into books.currency (currency_id, code, minor_unit) values
    (978, 'EUR', 2), (840, 'USD', 2), (826, 'GBP', 2), (756, 'CHF', 2), (392, 'JPY', 0),
    (414, 'KWD', 3), (990, 'CLF', 4);
  insert into books.source (source, code) values (1, 'PREMIUM'), (2, 'CLAIM');
  insert into books.ledger (ledger_id, code, name, currency_id)
  values (1, 'MAIN', 'Main ledger', 978);
  insert into books.account (ledger_id, code, name, type, is_contra)
  select 1, v.code, v.name, v.type, v.is_contra from books.default_accounts() v;
  insert into books.product (ledger_id, code, name) values
    (1, 'TPLM', 'Third party liability, material'), (1, 'TPLV', 'Third party liability, persons'),
    (1, 'SERV', 'Assistance'), (1, 'LEGAL', 'Legal protection'), (1, 'FIRE', 'Fire'),
    (1, 'THEFT', 'Theft'), (1, 'WINDSCREEN', 'Windscreen'), (1, 'DAMALL', 'Damage, all causes'),
    (1, 'ACC1', 'Driver accident, basic'), (1, 'ACC2', 'Driver accident, extended'),
    (1, 'TPL', 'Third party liability'), (1, 'DAMAGE', 'Damage'), (1, 'OTHER', 'Other');
  insert into books.cost_center (ledger_id, code) values
    (1, 'Headquarters'), (1, 'Paris area'), (1, 'Center'), (1, 'South West');
  perform books.store_rule_set('PREMIUM', date '0001-01-01', '[
    {"code": "P1", "description": "Premium written",
     "debit": [{"account": "1110", "share": "1.00", "control": true}],
     "credit": [{"account": "4410", "share": "0.16"}, {"account": "5010", "share": "0.84"}]},
    {"code": "P2", "description": "Commission",
     "debit": [{"account": "6220", "share": "0.021"}, {"account": "6210", "share": "0.105"}],
     "credit": [{"account": "4110", "share": "0.126"}]},
    {"code": "P3", "description": "Quota share reinsurance",
     "debit": [{"account": "5090", "share": "0.168"}],
     "credit": [{"account": "5290", "share": "0.042"}, {"account": "4310", "share": "0.126"}]}
  ]');
  perform books.store_rule_set('CLAIM', date '0001-01-01', '[
    {"code": "C1", "description": "Claim recognised",
     "debit": [{"account": "6020", "share": "0.05"}, {"account": "6010", "share": "0.95"}],
     "credit": [{"account": "3310", "share": "1.00", "control": true}]},
    {"code": "C2", "description": "Claim settled, outstanding released",
     "debit": [{"account": "3310", "share": "1.00"}],
     "credit": [{"account": "4220", "share": "0.05"}, {"account": "4210", "share": "0.95"}]},
    {"code": "C3", "description": "Reinsurance recoverable",
     "debit": [{"account": "1550", "share": "0.20"}],
     "credit": [{"account": "6095", "share": "0.01"}, {"account": "6090", "share": "0.19"}]}
  ]');
end
$$;

comment on function books.seed_defaults() is
  'Seeds the default ledger, accounts, products, cost centres and rules where none are.';
revoke all on function books.seed_defaults() from public;
grant execute on function books.seed_defaults() to monthend_admin;
