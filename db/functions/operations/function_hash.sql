-- Over path and text of everything that the loader has applied: which code a batch ran with.
create or replace function month_end.function_hash()
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select encode(sha256(convert_to(coalesce(
           string_agg(f.path || ':' || f.checksum, E'\n' order by f.path collate "C"), ''),
           'UTF8')), 'hex')
    from month_end.function_source f
$$;

comment on function month_end.function_hash() is
  'SHA-256, in hex, over all functions that are applied.';
revoke all on function month_end.function_hash() from public;
grant execute on function month_end.function_hash() to monthend_viewer;
