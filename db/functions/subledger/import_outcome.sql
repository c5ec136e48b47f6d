-- What became of the rows of each imported file, by period and currency: the sum over its places is
-- the file. NaN and infinite amounts count as rows and as 0.
create or replace view subledger.import_outcome as
  select p.ledger_id, to_char(p.transaction_date, 'YYYY-MM') as period, i.import_id, i.file_name,
         s.code as source, p.currency, count(*) as row_count,
         coalesce(sum(p.amount) filter (
           where p.amount not in ('NaN', 'Infinity', '-Infinity')), 0) as amount,
         count(*) filter (where p.place = 'POSTED') as posted_count,
         count(*) filter (where p.place = 'REJECTED') as rejected_count,
         count(*) filter (where p.place = 'SET_ASIDE') as set_aside_count,
         count(*) filter (where p.place in ('PENDING', 'IN_BATCH')) as open_count
    from subledger.transaction_place p
    join subledger.import i on i.import_id = p.import_id
    join books.source s on s.source = p.source
   group by p.ledger_id, to_char(p.transaction_date, 'YYYY-MM'), i.import_id, s.code, p.currency;

comment on view subledger.import_outcome is
  'Rows of each imported file by period, currency and what became of them.';
grant select on subledger.import_outcome to monthend_auditor, monthend_operator;
