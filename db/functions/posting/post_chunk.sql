-- The transformation. One statement reads the chunk's scope rows, computes the amounts of each
-- transaction once (month_end.posting_sql), and from these stores the lines, adds up the balances
-- and hashes the blocks. For negative transactions the sides swap.
--   blocks: the 256-entry blocks that begin in this chunk; where the last one ends beyond it, the
--   scope rows of the next chunk are read along, hashed here, and posted there.
-- Canonical bytes of a block (docs/ledger.md): a line a transaction, or one an entry where a block
-- ends within the transaction:
--   number|date|origin date|source|length:id|currency|length:product|length:cost centre
--   |rule version|entry code|pattern|...|amounts
-- The rules are few and are hashed, whatever statistics say: no nested loops. A hash gives the rows
-- of a key in reverse, so the last goes in first, and lines are stored in the order of their keys.
-- The first entry of a block stands before its text, not the number of the block: the sort that
-- compares them reads a number in front of a text faster than one behind it.
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
set enable_nestloop = off
set enable_mergejoin = off
set datestyle = 'ISO, YMD'
as $$
declare
  v_batch month_end.staging_month_end_master;
  v_leaf month_end.leaf;
  v_preamble text;
  v_sql record;
  v_text record;
begin
  select * into strict v_batch from month_end.staging_month_end_master m
   where m.batch_no = p_chunk.batch_no;
  select * into v_leaf from month_end.leaf l
   where l.batch_no = p_chunk.batch_no and l.leaf_no = p_chunk.leaf_no;
  if v_leaf.batch_no is null then
    perform month_end.raise_error('M3001', format('leaf %s of batch %s', p_chunk.leaf_no,
                                                  v_batch.batch_id));
  end if;
  select format(E'monthend-block/1\n%s\n%s\n', l.code, v_batch.period) into strict v_preamble
    from books.ledger l where l.ledger_id = v_batch.ledger_id;
  headers := month_end.post_headers(p_chunk, v_batch, v_leaf.header_table);
  select * into strict v_sql from month_end.posting_sql(v_batch);
  select * into strict v_text from month_end.entries_sql(v_batch);
  execute format($sql$
    with posting as materialized (%2$s),
    rule_line as materialized (select * from books.rule_line_place order by place desc),
    new_line as (
      insert into ledger_data.%1$I
        (je_id, je_date, batch_no, line_no, account_id, currency_id, is_debit, amount)
      select $5 + p.entry_offset + r.entry_no - 1, p.transaction_date, $1, r.line_no, r.account_id,
             p.currency_id, r.is_debit = p.is_positive, p.amounts[r.place]
        from posting p join rule_line r using (rule_set_id)
       where p.entry_offset < $3),
    total as materialized (
      select r.account_id, t.currency_id, r.is_debit = t.is_positive as is_debit, r.is_control,
             t.amounts[r.place] as amount, t.n
        from (select p.rule_set_id, p.currency_id, p.is_positive, count(*) as n, %3$s as amounts
                from posting p where p.entry_offset < $3
               group by p.rule_set_id, p.currency_id, p.is_positive) t
        join rule_line r using (rule_set_id)),
    balance as (
      insert into month_end.chunk_balance
        (batch_no, chunk_no, account_id, currency_id, debit, credit, line_count)
      select $1, $7, t.account_id, t.currency_id,
             coalesce(sum(t.amount) filter (where t.is_debit), 0),
             coalesce(sum(t.amount) filter (where not t.is_debit), 0), sum(t.n)
        from total t group by t.account_id, t.currency_id),
    piece as (
      select p.entry_offset as entry_index, %4$s as bytes
        from posting p
       where p.entry_offset / 256 = (p.entry_offset + p.entry_count - 1) / 256
      union all
      select p.entry_offset + e.place - 1, e.bytes
        from posting p, unnest(%5$s) with ordinality e(bytes, place)
       where p.entry_offset / 256 <> (p.entry_offset + p.entry_count - 1) / 256),
    block as (
      select min(e.entry_index) as first_entry, sha256('\x00'::bytea || convert_to(
               $8 || string_agg(e.bytes, E'\n' order by e.entry_index), 'UTF8')) as hash
        from piece e
       where e.entry_index >= ($2 + 255) / 256 * 256 and e.entry_index < $4
       group by e.entry_index / 256)
    select (select sum(t.n) filter (where t.is_control) from total t),
           (select sum(t.n) from total t),
           (select sum(t.amount) filter (where t.is_control) from total t),
           (select min(b.first_entry) / 256 from block b),
           (select array_agg(b.hash order by b.first_entry) from block b)
    $sql$, v_leaf.line_table, v_sql.posting, v_sql.sums, v_text.whole, v_text.entries)
    into transactions, lines, amount, first_block, block_hashes
    using p_chunk.batch_no, p_chunk.first_offset, p_chunk.end_offset,
          (p_chunk.end_offset + 255) / 256 * 256,
          month_end.je_id(v_batch.ledger_id, v_batch.period, v_batch.first_number),
          v_batch.first_number, p_chunk.chunk_no, v_preamble;
end
$$;

comment on function month_end.post_chunk(month_end.chunk) is
  'Makes a chunk''s entries and lines, its balances and the hashes of its blocks.';
revoke all on function month_end.post_chunk(month_end.chunk) from public;
