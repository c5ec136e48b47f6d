-- By the state of the batch: what a phase writes is not to be seen before it ends. It has
-- no search_path, so that it is inlined.
create or replace function month_end.running_phase(p_status text)
returns smallint
language sql
immutable
security invoker
as $$
  select case p_status when 'OPENED' then 1 when 'SCOPED' then 2 when 'NUMBERED' then 3
    when 'PROCESSING' then 4 when 'PROCESSED' then 5 when 'STAGED' then 6
    when 'VALIDATED' then 7 when 'COMMITTED' then 8 end::smallint
$$;

comment on function month_end.running_phase(text) is
  'The phase that a batch in this state is in; null where it has ended.';
revoke all on function month_end.running_phase(text) from public;
grant execute on function month_end.running_phase(text) to monthend_viewer;
