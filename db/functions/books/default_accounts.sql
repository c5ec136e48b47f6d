create or replace function books.default_accounts()
returns table (code text, name text, type text, is_contra boolean)
language sql
immutable
security invoker
set search_path = pg_catalog, pg_temp
as $$
  values
    ('1010', 'Bank', 'asset', false),
    ('1110', 'Premium receivables', 'asset', false),
    ('1550', 'Reinsurance recoverable', 'asset', false),
    ('1560', 'Reinsurers'' share of unearned premiums', 'asset', false),
    ('1610', 'Deferred acquisition costs', 'asset', false),
    ('2010', 'Capital', 'equity', false),
    ('2090', 'Retained earnings', 'equity', false),
    ('3210', 'Unearned premiums', 'liability', false),
    ('3310', 'Claims outstanding', 'liability', false),
    ('3320', 'IBNR', 'liability', false),
    ('4110', 'Commissions payable', 'liability', false),
    ('4210', 'Claims payable', 'liability', false),
    ('4220', 'Adjusters payable', 'liability', false),
    ('4310', 'Reinsurance payable', 'liability', false),
    ('4410', 'Premium tax payable', 'liability', false),
    ('4910', 'Suspense', 'liability', false),
    ('5010', 'Gross premiums written', 'income', false),
    ('5090', 'Premiums ceded', 'income', true),
    ('5110', 'Change in unearned premiums', 'income', true),
    ('5290', 'Reinsurance commissions', 'income', false),
    ('6010', 'Claims incurred, indemnity', 'expense', false),
    ('6020', 'Claims incurred, handling', 'expense', false),
    ('6030', 'Recoveries', 'expense', true),
    ('6090', 'Reinsurers'' share of claims, indemnity', 'expense', true),
    ('6095', 'Reinsurers'' share of claims, handling', 'expense', true),
    ('6210', 'Acquisition commissions', 'expense', false),
    ('6220', 'Renewal commissions', 'expense', false),
    ('6910', 'Exchange differences', 'expense', false),
    ('6990', 'Rounding', 'expense', false)
$$;

comment on function books.default_accounts() is 'Accounts of the default books.';
revoke all on function books.default_accounts() from public;
