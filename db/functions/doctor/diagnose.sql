-- What an operator wants to know before a close. Severity ok, note, warning or error; query is the
-- SQL that shows what was found. What SQL can't see comes as p_facts, all of it optional:
-- memory_bytes, cores, free_bytes, transactions, pooler, clock_ahead_ms, outdated_files.
drop function if exists month_end.diagnose();

create or replace function month_end.diagnose(p_facts jsonb default '{}')
returns table (severity text, subject text, finding text, query text, fix text)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select f.* from (
    select * from month_end.diagnose_server()
    union all
    select * from month_end.diagnose_settings(coalesce(month_end.read_machine(), '{}') || p_facts)
    union all select * from month_end.diagnose_sessions(p_facts)
    union all select * from month_end.diagnose_functions(p_facts)
    union all select * from month_end.diagnose_tables(p_facts)
    union all select * from month_end.diagnose_replication()
    union all select * from month_end.diagnose_window()
    union all select * from month_end.diagnose_batches()) f
   order by array_position(array['error', 'warning', 'note', 'ok'], f.severity)
$$;

comment on function month_end.diagnose(jsonb) is
  'Findings about server, settings, sessions, tables and batches, each with its SQL and its fix.';
revoke all on function month_end.diagnose(jsonb) from public;
grant execute on function month_end.diagnose(jsonb) to monthend_viewer;
