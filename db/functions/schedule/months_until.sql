-- Months from a schedule's first to the one that a clock in its zone shows, both included; a run is
-- never before its month.
create or replace function month_end.months_until(
  p_schedule month_end.schedule, p_now timestamptz)
returns integer
language sql
stable
security invoker
set search_path = pg_catalog, pg_temp
as $$
  select greatest(0, (extract(year from n.local) - extract(year from p_schedule.first_month)) * 12
                     + extract(month from n.local) - extract(month from p_schedule.first_month) + 1
                 )::integer
    from (select p_now at time zone p_schedule.time_zone as local) n
$$;

comment on function month_end.months_until(month_end.schedule, timestamptz) is
  'Months of a schedule that have begun, by a clock in its zone.';
revoke all on function month_end.months_until(month_end.schedule, timestamptz) from public;
