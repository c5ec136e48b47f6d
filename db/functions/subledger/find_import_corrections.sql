-- The rows that would replace one that a batch has rejected, with a verdict for each, in
-- pg_temp.import_correction. The first line of an id in the file decides; later ones are compared
-- with what it left. A content that a correction has replaced already doesn't come back with an
-- older file. Takes the periods FOR SHARE first, in the row trigger's order: no batch can freeze
-- them between the verdict and the update.
create or replace function subledger.find_import_corrections(
  p_import_id bigint, p_source smallint, p_date_column text)
returns void
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
begin
  create temporary table import_correction on commit drop as
  select d.line_no, d.source_id, d.ledger_id, null::text as verdict,
         array[left(d.old_date::text, 7), left(d.transaction_date::text, 7)] as months
    from (select distinct on (r.source_id) r.*, t.ledger_id, t.transaction_date as old_date,
                 (r.policy_number, r.product_code, r.transaction_date, r.amount, r.currency,
                  r.cost_center) is distinct from
                 (t.policy_number, t.product_code, t.transaction_date, t.amount, t.currency,
                  t.cost_center) as is_different
            from pg_temp.import_row r
            join subledger.transaction t on t.source = p_source and t.source_id = r.source_id
           where r.rule is null and t.import_id is distinct from p_import_id
             and exists (select from subledger.rejected_transaction x
                          where x.source = p_source and x.source_id = r.source_id)
           order by r.source_id, r.line_no) d
   where d.is_different;
  perform from books.period p
    where (p.ledger_id, p.period) in (select c.ledger_id, unnest(c.months)
                                        from pg_temp.import_correction c)
    order by p.ledger_id, p.period
      for share;
  delete from pg_temp.import_correction c where not subledger.is_correctable(p_source, c.source_id);
  update pg_temp.import_correction c
     set verdict = coalesce(
           (select 'REPLACED' from subledger.transaction_correction k
             where k.source = p_source and k.source_id = c.source_id
               and (k.before ->> 'policy_number', k.before ->> 'product_code',
                    (k.before ->> p_date_column)::date, (k.before ->> 'amount')::numeric,
                    k.before ->> 'currency', k.before ->> 'cost_center') is not distinct from
                   (r.policy_number, r.product_code, r.transaction_date, r.amount, r.currency,
                    r.cost_center) limit 1),
           (select 'PERIOD_' || p.state from books.period p
             where p.ledger_id = c.ledger_id and p.period = any (c.months)
               and p.state in ('CLOSING', 'LOCKED') order by p.state desc limit 1),
           'CORRECT')
    from pg_temp.import_row r
   where r.line_no = c.line_no;
end
$$;

comment on function subledger.find_import_corrections(bigint, smallint, text) is
  'Finds the rows of an import that would replace a rejected one, and whether they may now.';
revoke all on function subledger.find_import_corrections(bigint, smallint, text) from public;
