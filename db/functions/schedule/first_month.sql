-- The first month whose run is still to come: what lies before is not made up for.
create or replace function month_end.first_month(
  p_cron text, p_time_zone text, p_now timestamptz)
returns date
language sql
stable
security invoker
set search_path = pg_catalog, pg_temp
as $$
  select case when month_end.local_instant(month_end.run_time(p_cron, m.this), p_time_zone) > p_now
              then m.this else (m.this + interval '1 month')::date end
    from (select date_trunc('month', p_now at time zone p_time_zone)::date as this) m
$$;

comment on function month_end.first_month(text, text, timestamptz) is
  'First month whose run by an expression and a zone is still to come.';
revoke all on function month_end.first_month(text, text, timestamptz) from public;
