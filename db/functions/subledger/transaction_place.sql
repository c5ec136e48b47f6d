-- Where each transaction is: POSTED in a committed batch, IN_BATCH while one runs, SET_ASIDE,
-- REJECTED, or PENDING: the next batch of its period takes it. batch_processed is shown from
-- here; nothing is marked in the source rows.
create or replace view subledger.transaction_place as
  select t.source, t.source_id, t.ledger_id, t.transaction_date, t.amount, t.currency,
         coalesce(b.is_published, false) as batch_processed,
         case when b.is_published then 'POSTED'
              when s.batch_no is not null then 'IN_BATCH'
              when a.batch_no is not null then 'SET_ASIDE'
              when r.batch_no is not null then 'REJECTED'
              else 'PENDING' end as place,
         coalesce(s.batch_no, a.batch_no, r.batch_no) as batch_no, t.import_id
    from subledger.transaction t
    left join month_end.scope s on s.source = t.source and s.source_id = t.source_id
    left join ledger_data.batch_publication b on b.batch_no = s.batch_no
    left join subledger.set_aside_transaction a on a.source = t.source and a.source_id = t.source_id
    left join lateral (
      select max(x.batch_no) as batch_no
        from subledger.rejected_transaction x
        join month_end.staging_month_end_master m
          on m.batch_no = x.batch_no and m.status in ('COMMITTED', 'COMPLETED')
       where x.source = t.source and x.source_id = t.source_id) r on true;

comment on view subledger.transaction_place is
  'The one place of each transaction, with batch_processed as the scope proves it.';
grant select on subledger.transaction_place to monthend_auditor, monthend_operator;
