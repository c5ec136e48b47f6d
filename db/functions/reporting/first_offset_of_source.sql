-- Where the entries of a source begin in a batch. The scope is in the order of its sources, so the
-- place is found by halving; looking for it row by row would read the whole month.
create or replace function month_end.first_offset_of_source(p_batch_no integer, p_source smallint)
returns bigint
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_from bigint := 0;
  v_to bigint;
  v_middle bigint;
  v_found month_end.scope;
begin
  select coalesce(max(s.entry_offset), 0) into v_to
    from month_end.scope s where s.batch_no = p_batch_no;
  while v_from < v_to loop
    v_middle := (v_from + v_to) / 2;
    select s.* into v_found from month_end.scope s
     where s.batch_no = p_batch_no and s.entry_offset >= v_middle
     order by s.entry_offset limit 1;
    if v_found.source >= p_source then
      v_to := v_middle;
    else
      v_from := v_found.entry_offset + 1;
    end if;
  end loop;
  return v_from;
end
$$;

comment on function month_end.first_offset_of_source(integer, smallint) is
  'The first entry offset of a batch that belongs to a source or a later one.';
revoke all on function month_end.first_offset_of_source(integer, smallint) from public;
