-- Where the entries of a source begin in a batch, whose scope is in the order of its sources.
create or replace function month_end.first_offset_of_source(p_batch_no integer, p_source smallint)
returns bigint
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(sum(c.entry_count), 0)::bigint
    from month_end.batch_control c
   where c.batch_no = p_batch_no and c.source < p_source
$$;

comment on function month_end.first_offset_of_source(integer, smallint) is
  'The first entry offset of a batch that belongs to a source or a later one.';
revoke all on function month_end.first_offset_of_source(integer, smallint) from public;
