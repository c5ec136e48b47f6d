-- Where the entries of a source begin in a batch. The scope is in the order of its sources, so the
-- place is found by halving; looking for it row by row would read the whole month. One statement,
-- planned for this batch alone.
create or replace function month_end.first_offset_of_source(p_batch_no integer, p_source smallint)
returns bigint
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
begin
  return (
    with recursive halving (first, last) as (
      select 0::bigint, coalesce(max(s.entry_offset), 0)
        from month_end.scope s where s.batch_no = p_batch_no
      union all
      select case when s.source >= p_source then h.first else s.entry_offset + 1 end,
             case when s.source >= p_source then (h.first + h.last) / 2 else h.last end
        from halving h
       cross join lateral (
          select x.source, x.entry_offset from month_end.scope x
           where x.batch_no = p_batch_no and x.entry_offset >= (h.first + h.last) / 2
           order by x.entry_offset limit 1) s
       where h.first < h.last)
    select h.first from halving h where h.first >= h.last);
end
$$;

comment on function month_end.first_offset_of_source(integer, smallint) is
  'The first entry offset of a batch that belongs to a source or a later one.';
revoke all on function month_end.first_offset_of_source(integer, smallint) from public;
