-- Every source row with what posting needs to know of it, and the first rule that it breaks (null =
-- fit; NaN is greater than any number, and so meets the limit). reasons names all of them with the
-- values; it is computed only where it is read.
create or replace view month_end.transaction_check as
  select t.source, t.source_id, t.ledger_id, t.transaction_date, t.amount, t.currency, t.original,
         p.product_id, c.cost_center_id, u.currency_id, r.rule_set_id, r.entry_count,
         case
           when t.amount is null then 'AMOUNT_MISSING'
           when t.amount >= 1e15 or t.amount <= -1e15 then
             case when t.amount in ('NaN', 'Infinity', '-Infinity') then 'AMOUNT_NOT_A_NUMBER'
                  else 'AMOUNT_OUT_OF_RANGE' end
           when u.currency_id is null then 'CURRENCY_UNKNOWN'
           when scale(t.amount) > u.minor_unit and t.amount <> round(t.amount, u.minor_unit)
             then 'AMOUNT_TOO_FINE'
           when p.product_id is null then 'PRODUCT_UNKNOWN'
           when c.cost_center_id is null then 'COST_CENTER_UNKNOWN'
           when r.rule_set_id is null then 'RULE_SET_MISSING'
           when t.amount = 0 then 'ZERO_AMOUNT'
         end as rule,
         concat_ws('; ',
           case when t.amount is null then 'amount is missing' end,
           case when t.amount in ('NaN', 'Infinity', '-Infinity')
                then format('amount %s is no number', t.amount) end,
           case when abs(t.amount) >= 1e15 and t.amount not in ('NaN', 'Infinity', '-Infinity')
                then format('amount %s is 10^15 or more', t.amount) end,
           case when u.currency_id is null
                then format('currency %s is not known', coalesce(t.currency, '(missing)')) end,
           case when t.amount <> round(t.amount, u.minor_unit)
                 and t.amount not in ('NaN', 'Infinity', '-Infinity')
                then format('amount %s is finer than the %s decimals of %s',
                            t.amount, u.minor_unit, t.currency) end,
           case when p.product_id is null
                then format('product %s is not known or not active',
                            coalesce(t.product_code, '(missing)')) end,
           case when c.cost_center_id is null
                then format('cost centre %s is not known or not active',
                            coalesce(t.cost_center, '(missing)')) end,
           case when r.rule_set_id is null then 'no rule set for its date' end,
           case when t.amount = 0 then 'nothing to post' end) as reasons
    from subledger.transaction t
    left join books.product p
      on p.ledger_id = t.ledger_id and p.code = t.product_code and p.is_active
    left join books.cost_center c
      on c.ledger_id = t.ledger_id and c.code = t.cost_center and c.is_active
    left join books.currency u on u.code = t.currency
    left join books.rule_set r
      on r.ledger_id = t.ledger_id and r.source = t.source and t.transaction_date >= r.valid_from
     and (r.valid_to is null or t.transaction_date < r.valid_to);

comment on view month_end.transaction_check is
  'Every source row with its ids and the first rule that it breaks; null = fit to post.';
grant select on month_end.transaction_check to monthend_auditor, monthend_operator;
