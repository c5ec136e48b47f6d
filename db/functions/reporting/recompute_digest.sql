-- The digest of a batch, made anew from nothing but what readers see: the proof that the seal is of
-- the stored entries. Slower than sealing, as texts are put together from the leaves.
-- Canonical bytes as in month_end.post_chunk and docs/ledger.md: the entries of a transaction are
-- those with the same head and consecutive numbers. Raises M1003.
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
  select format(E'monthend-block/1\n%s\n%s\n', l.code, v_batch.period) into strict v_preamble
    from books.ledger l where l.ledger_id = p_ledger_id;
  select array_agg(b.hash order by b.block_no) into v_hashes
    from (
      select t.at / 256 as block_no, sha256('\x00'::bytea || convert_to(v_preamble || string_agg(
               t.line, E'\n' order by t.at), 'UTF8')) as hash
        from (
          select w.at, concat_ws('|', v_batch.first_number + w.at, w.head,
                   string_agg(w.pattern, '|' order by w.place),
                   string_agg(w.amounts, ',' order by w.place)) as line
            from (
              select r.*, case when min(r.place) over run / 256 = max(r.place) over run / 256
                               then min(r.place) over run else r.place end as at
                from (select e.*, e.place - row_number() over (partition by e.head order by e.place)
                               as run
                        from month_end.entry_text(v_batch) e) r
              window run as (partition by r.head, r.run)) w
           group by w.at, w.head) t
       group by t.at / 256) b;
  return encode(month_end.merkle_root(v_hashes), 'hex');
end
$$;

comment on function month_end.recompute_digest(text, integer) is
  'Digest of a committed batch from its stored entries, in hex.';
revoke all on function month_end.recompute_digest(text, integer) from public;
grant execute on function month_end.recompute_digest(text, integer) to monthend_viewer;
