-- The one place that raises a registered error. Values go into the detail; a hint given here
-- replaces the registered one where only the caller knows the next step.
create or replace function month_end.raise_error(
  p_sqlstate text, p_detail text default null, p_hint text default null)
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
    hint = coalesce(p_hint, v_error.hint, ''),
    constraint = v_error.name;
end
$$;

comment on function month_end.raise_error(text, text, text) is
  'Raises a registered error with its values and the next step.';
revoke all on function month_end.raise_error(text, text, text) from public;
grant execute on function month_end.raise_error(text, text, text) to monthend_viewer;
