-- The batches that readers see, with their names. Everything a reader reads is filtered by it.
create or replace view ledger.batch as
  select p.batch_no, p.ledger_id, p.period, p.batch_id, p.published_at
    from ledger_data.batch_publication p
   where p.is_published;

comment on view ledger.batch is 'Committed batches.';
grant select on ledger.batch to monthend_viewer, monthend_auditor;
