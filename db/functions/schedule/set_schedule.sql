-- Makes or changes a ledger's schedule; what is null stays as it is, 0 workers or sessions mean
-- the default. A new one, or one that was off, begins with the first run that is still to come. A
-- change of the plan loses no run: one whose time was set into the past is due at once. Writes
-- schedule, schedule_event. Raises M2004.
create or replace function month_end.set_schedule(
  p_ledger_id integer default 1, p_cron text default null, p_time_zone text default null,
  p_missed text default null, p_workers integer default null, p_sessions integer default null,
  p_is_enabled boolean default null, p_now timestamptz default null)
returns month_end.schedule
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz := coalesce(p_now, clock_timestamp());
  v_old month_end.schedule;
  v_new month_end.schedule;
begin
  perform month_end.check_schedule(p_ledger_id, p_cron, p_time_zone, p_missed, p_workers,
                                   p_sessions);
  select * into v_old from month_end.schedule s where s.ledger_id = p_ledger_id for update;
  v_new := v_old;
  v_new.ledger_id := p_ledger_id;
  v_new.cron := coalesce(p_cron, v_old.cron, '0 23 L * *');
  v_new.time_zone := coalesce(p_time_zone, v_old.time_zone,
    (select l.time_zone from books.ledger l where l.ledger_id = p_ledger_id));
  v_new.missed := coalesce(p_missed, v_old.missed, 'RUN_ONCE');
  v_new.workers := nullif(coalesce(p_workers, v_old.workers), 0);
  v_new.sessions := nullif(coalesce(p_sessions, v_old.sessions), 0);
  v_new.is_enabled := coalesce(p_is_enabled, v_old.is_enabled, true);
  v_new.changed_at := clock_timestamp();
  v_new.changed_by := session_user;
  if v_old.ledger_id is null or (v_new.is_enabled and not v_old.is_enabled) then
    v_new.first_month := greatest(v_old.first_month,
      month_end.first_month(v_new.cron, v_new.time_zone, v_now));
    v_new.planned_since := v_now;
  elsif (v_new.cron, v_new.time_zone) is distinct from (v_old.cron, v_old.time_zone)
        and not exists (select from month_end.due_runs(v_now) d
                         where d.ledger_id = p_ledger_id) then
    v_new.planned_since := v_now;
  end if;
  insert into month_end.schedule select v_new.*
  on conflict (ledger_id) do update set
    cron = excluded.cron, time_zone = excluded.time_zone, is_enabled = excluded.is_enabled,
    missed = excluded.missed, workers = excluded.workers, sessions = excluded.sessions,
    first_month = excluded.first_month, planned_since = excluded.planned_since,
    changed_at = excluded.changed_at, changed_by = excluded.changed_by;
  perform month_end.record_schedule_event(p_ledger_id, 'SET',
    format('%s %s, %s, missed %s, workers %s, sessions %s', v_new.cron, v_new.time_zone,
           case when v_new.is_enabled then 'enabled' else 'disabled' end, v_new.missed,
           coalesce(v_new.workers::text, 'default'), coalesce(v_new.sessions::text, 'default')));
  return v_new;
end
$$;

comment on function month_end.set_schedule(integer, text, text, text, integer, integer, boolean,
                                           timestamptz) is
  'Makes or changes a ledger''s schedule; what is null stays. M2004.';
revoke all on function month_end.set_schedule(integer, text, text, text, integer, integer, boolean,
                                              timestamptz) from public;
grant execute on function month_end.set_schedule(integer, text, text, text, integer, integer,
                                                 boolean, timestamptz) to monthend_operator;
