-- The transformation. One statement reads the chunk's scope rows, makes the lines once, and from
-- the same values inserts them, adds up the balances and hashes the blocks.
--   amount of a line: round(A * share_to) - round(A * share_from), half away from zero at the
--   currency's minor unit, so that a side adds up to round(A * its total share) and no line is
--   negative; for negative transactions the sides swap.
--   blocks: the 256-entry blocks that begin in this chunk; where the last one ends beyond it, the
--   scope rows of the next chunk are read along, hashed here, and posted there.
-- Canonical bytes of an entry, one line of text each (docs/ledger.md):
--   number|date|origin date|source|id length:id|currency|rule version|entry code|pattern|amounts
-- Writes the leaf and chunk_balance.
create or replace function month_end.post_chunk(
  p_chunk month_end.chunk, out transactions bigint, out headers bigint, out lines bigint,
  out amount numeric, out first_block bigint, out block_hashes bytea[])
returns record
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set work_mem = '256MB'
as $$
declare
  v_batch month_end.staging_month_end_master;
  v_leaf month_end.leaf;
  v_preamble text;
begin
  select * into strict v_batch from month_end.staging_month_end_master m
   where m.batch_no = p_chunk.batch_no;
  select * into v_leaf from month_end.leaf l
   where l.batch_no = p_chunk.batch_no and l.leaf_no = p_chunk.leaf_no;
  if v_leaf.batch_no is null then
    perform month_end.raise_error('M3001', format('leaf %s of batch %s', p_chunk.leaf_no,
                                                  v_batch.batch_id));
  end if;
  select format(E'monthend-entry/1\n%s\n%s\n', l.code, v_batch.period) into strict v_preamble
    from books.ledger l where l.ledger_id = v_batch.ledger_id;
  execute format($sql$
    with line as materialized (
      select s.entry_offset, r.entry_no, r.line_no, s.transaction_date, s.currency_id,
             r.account_id, r.is_debit = (s.amount >= 0) as is_debit, r.is_control,
             case when r.share_from = 0 then round(abs(s.amount) * r.share_to, u.minor_unit)
                  else round(abs(s.amount) * r.share_to, u.minor_unit)
                     - round(abs(s.amount) * r.share_from, u.minor_unit) end as amount,
             case when r.line_no = 1 then
               $6 + s.entry_offset + r.entry_no - 1 || '|' || to_char(s.transaction_date, 'YYYY-MM-DD')
               || '|' || coalesce(to_char(s.origin_date, 'YYYY-MM-DD'), '') || '|' || o.code || '|'
               || octet_length(s.source_id) || ':' || s.source_id || '|' || u.code || '|'
               || t.version || '|' || e.code || '|'
               || case when s.amount >= 0 then e.pattern else e.negative_pattern end || '|'
             end as head
        from month_end.%1$I s
        join books.currency u using (currency_id)
        join books.source o using (source)
        join books.rule_set t using (rule_set_id)
        join books.rule_entry e using (rule_set_id)
        join books.rule_line r using (rule_set_id, entry_no)
       where s.entry_offset >= $2 and s.entry_offset < $4
       order by s.entry_offset, r.entry_no, r.line_no),
    new_header as (
      insert into ledger_data.%2$I
        (je_id, je_date, batch_no, reference_type, rule_set_id, entry_no, product_id,
         cost_center_id, currency_id, reference_id, origin_date)
      select $5 + $6 + s.entry_offset + e.entry_no - 1, s.transaction_date, $1, s.source,
             s.rule_set_id, e.entry_no, s.product_id, s.cost_center_id, s.currency_id, s.source_id,
             s.origin_date
        from month_end.%1$I s join books.rule_entry e using (rule_set_id)
       where s.entry_offset >= $2 and s.entry_offset < $3
       order by s.entry_offset, e.entry_no
      returning 1),
    new_line as (
      insert into ledger_data.%3$I
        (je_id, je_date, batch_no, line_no, account_id, currency_id, is_debit, amount)
      select $5 + $6 + l.entry_offset + l.entry_no - 1, l.transaction_date, $1, l.line_no,
             l.account_id, l.currency_id, l.is_debit, l.amount
        from line l where l.entry_offset < $3),
    total as materialized (
      select l.account_id, l.currency_id, l.is_debit, l.is_control, sum(l.amount) as amount,
             count(*) as lines
        from line l where l.entry_offset < $3
       group by l.account_id, l.currency_id, l.is_debit, l.is_control),
    balance as (
      insert into month_end.chunk_balance
        (batch_no, chunk_no, account_id, currency_id, debit, credit, line_count)
      select $1, $7, t.account_id, t.currency_id,
             coalesce(sum(t.amount) filter (where t.is_debit), 0),
             coalesce(sum(t.amount) filter (where not t.is_debit), 0), sum(t.lines)
        from total t group by t.account_id, t.currency_id),
    entry as (
      select (l.entry_offset + l.entry_no - 1) / 256 as block_no, l.entry_offset, l.entry_no,
             string_agg(case when l.line_no = 1 then l.head || l.amount::text
                             else ',' || l.amount::text end, '' order by l.line_no) as bytes
        from line l
       group by l.entry_offset, l.entry_no),
    block as (
      select e.block_no, sha256('\x00'::bytea || convert_to($8 || string_agg(
               e.bytes, E'\n' order by e.entry_offset, e.entry_no), 'UTF8')) as hash
        from entry e
       where e.block_no >= ($2 + 255) / 256 and e.block_no < ($3 + 255) / 256
       group by e.block_no)
    select (select sum(t.lines) filter (where t.is_control) from total t),
           (select count(*) from new_header),
           (select sum(t.lines) from total t),
           (select sum(t.amount) filter (where t.is_control) from total t),
           (select min(b.block_no) from block b),
           (select array_agg(b.hash order by b.block_no) from block b)
    $sql$, 'scope_' || p_chunk.batch_no, v_leaf.header_table, v_leaf.line_table)
    into transactions, headers, lines, amount, first_block, block_hashes
    using p_chunk.batch_no, p_chunk.first_offset, p_chunk.end_offset,
          (p_chunk.end_offset + 255) / 256 * 256,
          month_end.je_id(v_batch.ledger_id, v_batch.period, 0), v_batch.first_number,
          p_chunk.chunk_no, v_preamble;
end
$$;

comment on function month_end.post_chunk(month_end.chunk) is
  'Makes a chunk''s entries and lines, its balances and the hashes of its blocks.';
revoke all on function month_end.post_chunk(month_end.chunk) from public;
