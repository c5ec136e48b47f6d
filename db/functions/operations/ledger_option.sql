-- Commands mean ledger 1 unless told otherwise: what is printed for another has to name it.
create or replace function month_end.ledger_option(p_ledger_id integer)
returns text
language sql
immutable
security invoker
set search_path = pg_catalog, pg_temp
as $$
  select case when p_ledger_id = 1 then '' else format(' --ledger %s', p_ledger_id) end
$$;

comment on function month_end.ledger_option(integer) is
  'What a command of the command line needs at its end to work on this ledger.';
revoke all on function month_end.ledger_option(integer) from public;
grant execute on function month_end.ledger_option(integer) to monthend_viewer;
