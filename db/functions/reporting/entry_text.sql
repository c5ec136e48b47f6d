-- The stored entries of a batch as readers see them, in the texts that its digest is made of:
-- place from 0 on, what the entries of a transaction share, code and pattern, amounts.
create or replace function month_end.entry_text(p_batch month_end.staging_month_end_master)
returns table (place bigint, head text, pattern text, amounts text)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set work_mem = '256MB'
as $$
  select h.je_id % 10000000000 - p_batch.first_number, concat_ws('|',
           to_char(h.je_date, 'YYYY-MM-DD'),
           case when h.origin_date = h.je_date then ''
                else to_char(h.origin_date, 'YYYY-MM-DD') end,
           h.reference_type, octet_length(h.reference_id) || ':' || h.reference_id, h.currency,
           octet_length(h.product_code) || ':' || h.product_code,
           octet_length(h.cost_center) || ':' || h.cost_center, h.rule_version),
         h.entry_code || '|' || l.pattern, l.amounts
    from ledger.journal_entry_header h
    join (select x.je_id, string_agg(x.account_code
                   || case when x.is_debit then 'D' else 'C' end, ',' order by x.line_no)
                   as pattern,
                 string_agg(x.amount::text, ',' order by x.line_no) as amounts
            from ledger.journal_entry_line x where x.batch_no = p_batch.batch_no
           group by x.je_id) l using (je_id)
   where h.batch_no = p_batch.batch_no
$$;

comment on function month_end.entry_text(month_end.staging_month_end_master) is
  'The stored entries of a batch in the texts of its digest.';
revoke all on function month_end.entry_text(month_end.staging_month_end_master) from public;
