-- Raw text of /proc of the server's machine, where the owner may read files of the server
-- (docs/operator.md); null elsewhere.
create or replace function month_end.read_host()
returns jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if not (pg_has_role('pg_read_server_files', 'usage')
          and has_function_privilege('pg_read_file(text, bigint, bigint, boolean)', 'execute')) then
    return null;
  end if;
  return jsonb_build_object('label', 'database host',
    'name', coalesce(host(inet_server_addr()), 'local'),
    'stat', pg_read_file('/proc/stat', 0, 200, true),
    'meminfo', pg_read_file('/proc/meminfo', 0, 200, true),
    'diskstats', pg_read_file('/proc/diskstats', 0, 65536, true),
    'net', pg_read_file('/proc/net/dev', 0, 65536, true));
end
$$;

comment on function month_end.read_host() is
  'Text of /proc on the database''s machine; null where the owner may not read it.';
revoke all on function month_end.read_host() from public;
grant execute on function month_end.read_host() to monthend_operator;
