-- The form of the expression is checked where it is stored: minute, hour, L or a day up to 28.
create or replace function month_end.run_time(p_cron text, p_month date)
returns timestamp
language sql
immutable
security invoker
set search_path = pg_catalog, pg_temp
as $$
  select case f.field[3]
           when 'L' then date_trunc('month', p_month::timestamp) + interval '1 month - 1 day'
           else date_trunc('month', p_month::timestamp)
                + make_interval(days => f.field[3]::integer - 1)
         end + make_interval(hours => f.field[2]::integer, mins => f.field[1]::integer)
    from (select string_to_array(p_cron, ' ') as field) f
$$;

comment on function month_end.run_time(text, date) is
  'Local time at which an expression such as 0 23 L * * comes in a month.';
revoke all on function month_end.run_time(text, date) from public;
