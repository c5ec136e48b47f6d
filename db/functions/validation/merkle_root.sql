-- Root of an RFC 6962 (section 2.1) tree over leaf hashes: neighbours are paired level by level, an
-- odd one at the end goes up as it is, which is the same tree as splitting at the largest power of
-- two. The root of no leaves is the hash of nothing.
create or replace function month_end.merkle_root(p_hashes bytea[])
returns bytea
language plpgsql
immutable
security invoker
set search_path = pg_catalog, pg_temp
as $$
declare
  v_level bytea[] := p_hashes;
begin
  if coalesce(cardinality(v_level), 0) = 0 then
    return sha256(''::bytea);
  end if;
  while cardinality(v_level) > 1 loop
    select array_agg(p.hash order by p.place) into v_level
      from (select (h.place - 1) / 2 as place,
                   case when count(*) = 1 then (array_agg(h.hash))[1]
                        else sha256('\x01'::bytea || string_agg(h.hash, ''::bytea order by h.place))
                   end as hash
              from unnest(v_level) with ordinality h(hash, place)
             group by (h.place - 1) / 2) p;
  end loop;
  return v_level[1];
end
$$;

comment on function month_end.merkle_root(bytea[]) is
  'RFC 6962 tree head over leaf hashes that are given in order.';
revoke all on function month_end.merkle_root(bytea[]) from public;
grant execute on function month_end.merkle_root(bytea[]) to monthend_viewer;
