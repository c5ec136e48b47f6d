create or replace function month_end.pause_seconds(
  p_pauses tstzmultirange, p_from timestamptz, p_until timestamptz)
returns numeric
language sql
immutable
security invoker
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(sum(extract(epoch from upper(r) - lower(r))), 0)
    from unnest(p_pauses * tstzmultirange(tstzrange(p_from, greatest(p_from, p_until)))) r
   where p_from is not null and p_until is not null
$$;

comment on function month_end.pause_seconds(tstzmultirange, timestamptz, timestamptz) is
  'How much of a time was pauses.';
revoke all on function month_end.pause_seconds(tstzmultirange, timestamptz, timestamptz)
  from public;
grant execute on function month_end.pause_seconds(tstzmultirange, timestamptz, timestamptz)
  to monthend_viewer;
