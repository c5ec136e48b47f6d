-- Under the freeze's snapshot: the rows that are not fit, with rule, reasons and the row as it was;
-- zero amounts are set aside for good. Writes rejected_transaction, set_aside_transaction, counts.
create or replace function month_end.keep_unfit_aside(p_batch month_end.staging_month_end_master)
returns void
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
declare
  v_period books.period;
  v_rejected bigint;
  v_set_aside bigint;
begin
  select * into strict v_period from books.period p
   where p.ledger_id = p_batch.ledger_id and p.period = p_batch.period;
  insert into subledger.rejected_transaction
    (batch_no, source, source_id, rule, reason, currency, amount, is_repeat, original)
  select p_batch.batch_no, t.source, t.source_id, t.rule, t.reasons, t.currency, t.amount,
         exists (select from subledger.rejected_transaction r
                   join month_end.staging_month_end_master m using (batch_no)
                  where r.source = t.source and r.source_id = t.source_id
                    and m.status in ('COMMITTED', 'COMPLETED')), t.original
    from month_end.transaction_check t
   where t.ledger_id = p_batch.ledger_id
     and t.transaction_date >= v_period.first_day and t.transaction_date < v_period.next_first_day
     and t.rule <> 'ZERO_AMOUNT';
  get diagnostics v_rejected = row_count;
  insert into subledger.set_aside_transaction
    (source, source_id, batch_no, transaction_date, currency, reason)
  select t.source, t.source_id, p_batch.batch_no, t.transaction_date, t.currency, t.reasons
    from month_end.transaction_check t
   where t.ledger_id = p_batch.ledger_id
     and t.transaction_date >= v_period.first_day and t.transaction_date < v_period.next_first_day
     and t.rule = 'ZERO_AMOUNT'
     and not exists (select from subledger.set_aside_transaction a
                      where a.source = t.source and a.source_id = t.source_id);
  get diagnostics v_set_aside = row_count;
  update month_end.staging_month_end_master
     set rejected_count = v_rejected, set_aside_count = v_set_aside
   where batch_no = p_batch.batch_no;
end
$$;

comment on function month_end.keep_unfit_aside(month_end.staging_month_end_master) is
  'Keeps the rejected and the zero-amount rows of a batch''s period aside, with reasons.';
revoke all on function month_end.keep_unfit_aside(month_end.staging_month_end_master) from public;
