-- Committed headers. The filter is an uncorrelated array, computed once a statement: a join would
-- cost half as much again, and a security barrier would cost pruning by je_id and je_date.
create or replace view ledger.journal_entry_header as
  select h.je_id, month_end.je_number(h.je_id) as je_number, h.je_date, b.ledger_id, b.period,
         b.batch_id, s.code as reference_type, h.reference_id, e.code as entry_code, e.description,
         r.version as rule_version, p.code as product_code, c.code as cost_center,
         u.code as currency, coalesce(h.origin_date, h.je_date) as origin_date,
         b.published_at as posted_at, h.batch_no
    from ledger_data.journal_entry_header h
    left join ledger_data.batch_publication b on b.batch_no = h.batch_no
    left join books.source s on s.source = h.reference_type
    left join books.rule_set r on r.rule_set_id = h.rule_set_id
    left join books.rule_entry e on e.rule_set_id = h.rule_set_id and e.entry_no = h.entry_no
    left join books.product p on p.product_id = h.product_id
    left join books.cost_center c on c.cost_center_id = h.cost_center_id
    left join books.currency u on u.currency_id = h.currency_id
   where h.batch_no = any (array(
           select x.batch_no from ledger_data.batch_publication x where x.is_published));

comment on view ledger.journal_entry_header is 'Headers of committed journal entries.';
grant select on ledger.journal_entry_header to monthend_viewer, monthend_auditor;
