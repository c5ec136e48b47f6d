-- Every subledger row in one shape: what pre-flight and the reports read. A further source adds
-- its branch here, and nothing else of the engine changes. `original` is the row as it is.
create or replace view subledger.transaction as
  select 1::smallint as source, p.txn_id as source_id, p.ledger_id, p.policy_number,
         p.product_code, p.payment_date as transaction_date, p.amount, p.currency, p.cost_center,
         p.import_id, p.import_line,
         -- money as text: JSON readers make floats of numbers
         to_jsonb(p) || jsonb_build_object('amount', p.amount::text) as original
    from subledger.premium_transaction p
  union all
  select 2::smallint, c.claim_id, c.ledger_id, c.policy_number, c.product_code, c.claim_date,
         c.amount, c.currency, c.cost_center, c.import_id, c.import_line,
         to_jsonb(c) || jsonb_build_object('amount', c.amount::text)
    from subledger.claims_transaction c;

comment on view subledger.transaction is 'All subledgers'' rows in one shape.';
grant select on subledger.transaction to monthend_auditor, monthend_operator;
