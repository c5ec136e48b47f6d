-- Under the freeze's snapshot: the rows that are not fit, with rule, reasons and the row as it was;
-- zero amounts are set aside for good. Writes rejected_transaction, set_aside_transaction.
-- Unfit is what is in no scope now, this batch's included, and was not set aside before: what is
-- posted stays what it is, though its product may be gone by now. A day whose rows are all in the
-- batch's scope has none: it is told by its count (p_figures: control_figures), as the scope was
-- copied from these very rows. Of the other days first the ids alone, by EXECUTE, as a SELECT INTO
-- would not be read in parallel. Then the rows behind them one by one: the row as JSON, made below
-- any filter, would be made of every row.
drop function if exists month_end.keep_unfit_aside(
  month_end.staging_month_end_master, books.period);

create or replace function month_end.keep_unfit_aside(
  p_batch month_end.staging_month_end_master, p_figures jsonb)
returns void
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
set work_mem = '256MB'
set enable_nestloop = off
set enable_mergejoin = off
as $$
declare
  v_days date[];
  v_sources smallint[];
  v_ids text[];
begin
  select array_agg(x.day) into v_days
    from (select f.day from jsonb_to_recordset(p_figures) f(kind text, day date, n bigint)
           where f.day is not null
           group by f.day
          having sum(f.n) filter (where f.kind = 'source')
                 is distinct from sum(f.n) filter (where f.kind = 'posted')) x;
  if v_days is null then
    return;
  end if;
  execute $sql$
    select array_agg(t.source), array_agg(t.source_id)
      from subledger.transaction t
     where t.ledger_id = $1 and t.transaction_date = any ($2)
       and not exists (select from month_end.scope s
                        where s.source = t.source and s.source_id = t.source_id)
       and not exists (select from subledger.set_aside_transaction a
                        where a.source = t.source and a.source_id = t.source_id)
    $sql$ into v_sources, v_ids
    using p_batch.ledger_id, v_days;
  with unfit as materialized (
    select t.*
      from unnest(v_sources, v_ids) k(source, source_id)
     cross join lateral (
       select t.source, t.source_id, t.transaction_date, t.rule, t.reasons, t.currency, t.amount,
              t.original
         from month_end.transaction_check t
        where t.source = k.source and t.source_id = k.source_id offset 0) t),
  aside as (
    insert into subledger.set_aside_transaction
      (source, source_id, batch_no, transaction_date, currency, reason)
    select u.source, u.source_id, p_batch.batch_no, u.transaction_date, u.currency, u.reasons
      from unfit u
     where u.rule = 'ZERO_AMOUNT')
  insert into subledger.rejected_transaction
    (batch_no, source, source_id, rule, reason, currency, amount, is_repeat, original)
  select p_batch.batch_no, u.source, u.source_id, u.rule, u.reasons, u.currency, u.amount,
         exists (select from subledger.rejected_transaction r
                   join month_end.staging_month_end_master m using (batch_no)
                  where r.source = u.source and r.source_id = u.source_id
                    and m.status in ('COMMITTED', 'COMPLETED')), u.original
    from unfit u
   where u.rule <> 'ZERO_AMOUNT';
end
$$;

comment on function month_end.keep_unfit_aside(
  month_end.staging_month_end_master, jsonb) is
  'Keeps the rejected and the zero-amount rows of a batch''s period aside, with reasons.';
revoke all on function month_end.keep_unfit_aside(
  month_end.staging_month_end_master, jsonb) from public;
