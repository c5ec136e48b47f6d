-- What was kept aside and what became of it.
create or replace view month_end.rejects as
  select m.ledger_id, m.batch_id, m.attempt, s.code as source, r.source_id, r.rule, r.reason,
         r.currency, r.amount, r.is_repeat,
         case when exists (select from month_end.scope x
                             join ledger_data.batch_publication p
                               on p.batch_no = x.batch_no and p.is_published
                            where x.source = r.source and x.source_id = r.source_id) then 'POSTED'
              when exists (select from subledger.transaction_correction c
                            where c.source = r.source and c.source_id = r.source_id
                              and c.corrected_at > m.opened_at) then 'CORRECTED'
              else 'OPEN' end as state,
         t.import_id, i.file_name, t.import_line, r.original, r.batch_no
    from subledger.rejected_transaction r
    join month_end.staging_month_end_master m on m.batch_no = r.batch_no
    join books.source s on s.source = r.source
    left join subledger.transaction t on t.source = r.source and t.source_id = r.source_id
    left join subledger.import i on i.import_id = t.import_id;

comment on view month_end.rejects is
  'Rejected transactions of each batch, with rule, reason, origin and what became of them.';
grant select on month_end.rejects to monthend_auditor, monthend_operator;
