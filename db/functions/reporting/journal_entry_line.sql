-- Committed lines; the filter as in ledger.journal_entry_header.
create or replace view ledger.journal_entry_line as
  select l.je_id, month_end.je_number(l.je_id) as je_number, l.line_no, l.je_date, b.ledger_id,
         b.period, b.batch_id, a.code as account_code, a.name as account_name, u.code as currency,
         case when l.is_debit then l.amount else 0 end as debit,
         case when l.is_debit then 0 else l.amount end as credit,
         l.amount, l.is_debit, l.functional_amount, l.rate_id, l.batch_no
    from ledger_data.journal_entry_line l
    left join ledger_data.batch_publication b on b.batch_no = l.batch_no
    left join books.account a on a.account_id = l.account_id
    left join books.currency u on u.currency_id = l.currency_id
   where l.batch_no = any (array(
           select x.batch_no from ledger_data.batch_publication x where x.is_published));

comment on view ledger.journal_entry_line is 'Lines of committed journal entries.';
grant select on ledger.journal_entry_line to monthend_viewer, monthend_auditor;
