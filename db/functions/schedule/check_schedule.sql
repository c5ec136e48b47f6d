-- Raises M2004 for the first argument that is not of its form.
create or replace function month_end.check_schedule(
  p_ledger_id integer, p_cron text, p_time_zone text, p_missed text, p_workers integer,
  p_sessions integer)
returns void
language plpgsql
stable
security invoker
set search_path = pg_catalog, pg_temp
as $$
begin
  if not exists (select from books.ledger l where l.ledger_id = p_ledger_id) then
    perform month_end.raise_error('M2004', format('there is no ledger %s', p_ledger_id));
  elsif p_cron !~ '^[1-5]?[0-9] (1?[0-9]|2[0-3]) (L|1?[1-9]|[12]0|2[1-8]) \* \*$' then
    perform month_end.raise_error('M2004', format('expression %L', p_cron),
      'Minute, hour, then L for the last day or a day from 1 to 28, then * *, such as: 0 23 L * *');
  elsif not exists (select from pg_timezone_names z
                     where z.name = coalesce(p_time_zone, 'UTC')) then
    perform month_end.raise_error('M2004', format('time zone %L', p_time_zone),
      'select name from pg_timezone_names lists them, such as Europe/Berlin');
  elsif p_missed not in ('RUN_ONCE', 'FLAG') then
    perform month_end.raise_error('M2004', format('missed %L', p_missed),
      'RUN_ONCE starts a missed run when it can, FLAG records it as MISSED');
  elsif p_workers not between 0 and 1000 or p_sessions not between 0 and 250 then
    perform month_end.raise_error('M2004', format('workers %s, sessions %s', p_workers, p_sessions),
      '1 to 1000 workers, 1 to 250 sessions; 0 is the default');
  end if;
end
$$;

comment on function month_end.check_schedule(integer, text, text, text, integer, integer) is
  'Refuses settings of a schedule that are not of their form; M2004.';
revoke all on function month_end.check_schedule(integer, text, text, text, integer, integer)
  from public;
