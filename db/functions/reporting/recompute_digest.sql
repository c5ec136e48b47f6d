-- The digest of a batch, made anew from nothing but what readers see: the proof that the seal is of
-- the stored entries. Slower than sealing, as texts are put together from the leaves.
-- Canonical bytes as in month_end.post_chunk and docs/ledger.md: the entries of a transaction are
-- those with the same head and consecutive numbers. A batch may have been sealed in the format
-- before, a line an entry; the format is part of what is hashed, so one digest is never of both.
-- Raises M1003.
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
  v_format text;
  v_preamble text;
  v_hashes bytea[];
  v_digest text;
  v_first text;
begin
  foreach v_format in array array['monthend-block/1', 'monthend-entry/1'] loop
    select concat_ws(E'\n', v_format, l.code, v_batch.period, '') into strict v_preamble
      from books.ledger l where l.ledger_id = p_ledger_id;
    with entry as (
      select e.*, (lag(e.head) over numbers, lag(e.place) over numbers)
                    is distinct from (e.head, e.place - 1) as is_first
        from month_end.entry_text(v_batch) e
      window numbers as (order by e.place)),
    transaction as (
      select x.head, min(x.place) as place, array_agg(x.pattern order by x.place) as patterns,
             array_agg(x.amounts order by x.place) as amounts
        from (select e.*, count(*) filter (where e.is_first) over (order by e.place) as no
                from entry e) x
       group by x.no, x.head),
    line as (
      select t.place, concat_ws('|', v_batch.first_number + t.place, t.head,
                                array_to_string(t.patterns, '|'), array_to_string(t.amounts, ','))
                        as bytes
        from transaction t
       where v_format = 'monthend-block/1'
         and t.place / 256 = (t.place + cardinality(t.patterns) - 1) / 256
      union all
      select t.place + e.no - 1, concat_ws('|', v_batch.first_number + t.place + e.no - 1, t.head,
                                           e.pattern, e.amounts)
        from transaction t
       cross join unnest(t.patterns, t.amounts) with ordinality e(pattern, amounts, no)
       where v_format = 'monthend-entry/1'
          or t.place / 256 <> (t.place + cardinality(t.patterns) - 1) / 256)
    select array_agg(b.hash order by b.block_no) into v_hashes
      from (select l.place / 256 as block_no, sha256('\x00'::bytea || convert_to(
                     v_preamble || string_agg(l.bytes, E'\n' order by l.place), 'UTF8')) as hash
              from line l group by l.place / 256) b;
    v_digest := encode(month_end.merkle_root(v_hashes), 'hex');
    if v_digest = encode(v_batch.digest, 'hex') then
      return v_digest;
    end if;
    v_first := coalesce(v_first, v_digest);
  end loop;
  return v_first;
end
$$;

comment on function month_end.recompute_digest(text, integer) is
  'Digest of a committed batch from its stored entries, in hex.';
revoke all on function month_end.recompute_digest(text, integer) from public;
grant execute on function month_end.recompute_digest(text, integer) to monthend_viewer;
