-- No search_path: inlined, see je_id.
create or replace function month_end.seconds_between(p_from timestamptz, p_to timestamptz)
returns numeric
language sql
immutable
security invoker
as $$
  select round(extract(epoch from p_to - p_from), 3)
$$;

comment on function month_end.seconds_between(timestamptz, timestamptz) is
  'Seconds from one moment to another, to the millisecond.';
revoke all on function month_end.seconds_between(timestamptz, timestamptz) from public;
grant execute on function month_end.seconds_between(timestamptz, timestamptz) to monthend_viewer;
