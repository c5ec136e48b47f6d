-- The first instant at which a clock in the zone shows the time or a later one: a time that a
-- change of the clocks leaves out comes at the change, one that comes twice at its first.
-- PostgreSQL's own conversion takes the second, and half an hour or an hour after the change. To
-- the minute.
create or replace function month_end.local_instant(p_local timestamp, p_time_zone text)
returns timestamptz
language sql
stable
security invoker
set search_path = pg_catalog, pg_temp
as $$
  select min(u.instant)
    from generate_series((p_local at time zone p_time_zone) - interval '26 hours',
                         (p_local at time zone p_time_zone) + interval '26 hours',
                         interval '1 minute') u(instant)
   where u.instant at time zone p_time_zone >= p_local
$$;

comment on function month_end.local_instant(timestamp, text) is
  'First instant at which a clock in the zone shows the time or a later one.';
revoke all on function month_end.local_instant(timestamp, text) from public;
grant execute on function month_end.local_instant(timestamp, text) to monthend_viewer;
