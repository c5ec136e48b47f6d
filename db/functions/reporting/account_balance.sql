-- Balances of committed batches by account and currency; the filter as in the header view.
create or replace view ledger.account_balance as
  select p.ledger_id, p.period, p.batch_id, a.code as account_code, u.code as currency,
         b.debit, b.credit, b.debit - b.credit as balance, b.line_count, b.batch_no
    from ledger_data.account_balance b
    join ledger_data.batch_publication p on p.batch_no = b.batch_no and p.is_published
    join books.account a using (account_id)
    join books.currency u using (currency_id);

comment on view ledger.account_balance is 'Balances of committed batches.';
grant select on ledger.account_balance to monthend_viewer, monthend_auditor;
