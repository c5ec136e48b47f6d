-- One row an account and currency of a period, over all its committed batches.
create or replace view ledger.trial_balance as
  select p.ledger_id, p.period, a.code as account_code, a.name as account_name, a.type, a.is_contra,
         u.code as currency, sum(b.debit) as debit, sum(b.credit) as credit,
         sum(b.debit) - sum(b.credit) as balance, sum(b.line_count) as line_count
    from ledger_data.account_balance b
    join ledger_data.batch_publication p on p.batch_no = b.batch_no and p.is_published
    join books.account a using (account_id)
    join books.currency u using (currency_id)
   group by p.ledger_id, p.period, a.account_id, u.code;

comment on view ledger.trial_balance is 'Trial balance of each period, by account and currency.';
grant select on ledger.trial_balance to monthend_viewer, monthend_auditor;
