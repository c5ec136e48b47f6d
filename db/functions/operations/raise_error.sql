-- The one place that raises a registered error. Values go into the detail; a hint given here
-- replaces the registered one where only the caller knows the next step. What the commands of the
-- registered hint are to work on stands in it for BATCH or PERIOD, ready to be typed.
drop function if exists month_end.raise_error(text, text, text);

create or replace function month_end.raise_error(
  p_sqlstate text, p_detail text default null, p_hint text default null,
  p_subject text default null, p_ledger_id integer default 1)
returns void
language plpgsql
stable
security invoker
set search_path = pg_catalog, pg_temp
as $$
declare
  v_error record;
begin
  select * into strict v_error from month_end.error_registry() e where e.sqlstate = p_sqlstate;
  raise exception using
    errcode = p_sqlstate,
    message = v_error.message,
    detail = coalesce(p_detail, ''),
    hint = coalesce(p_hint, regexp_replace(v_error.hint, 'BATCH|PERIOD',
      coalesce(p_subject || month_end.ledger_option(p_ledger_id), '\&'), 'g'), ''),
    constraint = v_error.name;
end
$$;

comment on function month_end.raise_error(text, text, text, text, integer) is
  'Raises a registered error with its values and the next step.';
revoke all on function month_end.raise_error(text, text, text, text, integer) from public;
grant execute on function month_end.raise_error(text, text, text, text, integer) to monthend_viewer;
