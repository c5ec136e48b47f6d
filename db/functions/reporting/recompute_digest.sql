-- The digest of a batch, made anew from nothing but what readers see: the proof that the seal is of
-- the stored entries. Slower than sealing, as texts are put together from the leaves.
-- Canonical bytes as in month_end.post_chunk and docs/ledger.md. Raises M1003.
create or replace function month_end.recompute_digest(
  p_batch_id text, p_ledger_id integer default 1)
returns text
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set work_mem = '256MB'
as $$
declare
  v_batch month_end.staging_month_end_master := month_end.find_batch(p_batch_id, p_ledger_id);
  v_preamble text;
  v_hashes bytea[];
begin
  select format(E'monthend-entry/1\n%s\n%s\n', l.code, v_batch.period) into strict v_preamble
    from books.ledger l where l.ledger_id = p_ledger_id;
  select array_agg(b.hash order by b.block_no) into v_hashes
    from (
      select (h.je_id % 10000000000 - v_batch.first_number) / 256 as block_no,
             sha256('\x00'::bytea || convert_to(v_preamble || string_agg(concat_ws('|',
               h.je_id % 10000000000, to_char(h.je_date, 'YYYY-MM-DD'),
               case when h.origin_date = h.je_date then ''
                    else to_char(h.origin_date, 'YYYY-MM-DD') end,
               h.reference_type, octet_length(h.reference_id) || ':' || h.reference_id, h.currency,
               octet_length(h.product_code) || ':' || h.product_code,
               octet_length(h.cost_center) || ':' || h.cost_center, h.rule_version, h.entry_code,
               l.pattern, l.amounts), E'\n' order by h.je_id), 'UTF8')) as hash
        from ledger.journal_entry_header h
        join (select x.je_id, string_agg(x.account_code
                       || case when x.is_debit then 'D' else 'C' end, ',' order by x.line_no)
                       as pattern,
                     string_agg(x.amount::text, ',' order by x.line_no) as amounts
                from ledger.journal_entry_line x where x.batch_no = v_batch.batch_no
               group by x.je_id) l using (je_id)
       where h.batch_no = v_batch.batch_no
       group by 1) b;
  return encode(month_end.merkle_root(v_hashes), 'hex');
end
$$;

comment on function month_end.recompute_digest(text, integer) is
  'Digest of a committed batch from its stored entries, in hex.';
revoke all on function month_end.recompute_digest(text, integer) from public;
grant execute on function month_end.recompute_digest(text, integer) to monthend_viewer;
