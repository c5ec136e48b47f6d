-- Memory and cores of the server's machine, from its /proc, where the owner may read files of the
-- server (docs/operator.md); null elsewhere.
create or replace function month_end.read_machine()
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
  return jsonb_build_object(
    'memory_bytes', 1024 * substring(pg_read_file('/proc/meminfo', 0, 200, true)
                                     from 'MemTotal: +([0-9]+)')::bigint,
    'cores', nullif(regexp_count(pg_read_file('/proc/stat', 0, 65536, true), '^cpu[0-9]+ ', 1, 'n'),
                    0));
end
$$;

comment on function month_end.read_machine() is
  'Memory and cores of the database''s machine; null where the owner may not read them.';
revoke all on function month_end.read_machine() from public;
grant execute on function month_end.read_machine() to monthend_viewer;
