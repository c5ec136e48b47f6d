-- Whether this session is one too many of its batch: asked between chunks. Sessions of jobs are
-- counted, the coordinator first, which leaves only with its control plane; a psql is not counted
-- and never sent away.
create or replace function month_end.surplus_session(p_batch_no integer)
returns boolean
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  select month_end.told_to_leave() or coalesce((
    select x.place > s.sessions
      from month_end.batch_scale s
      join month_end.staging_month_end_master m using (batch_no)
     cross join lateral (
       select a.pid, a.application_name,
              row_number() over (order by a.application_name, a.pid) as place
         from pg_stat_activity a
        where a.datname = current_database() and a.application_name in (
          format('monthend month-end-run %s/%s', m.ledger_id, m.batch_id),
          format('monthend month-end-session %s/%s', m.ledger_id, m.batch_id))) x
     where s.batch_no = p_batch_no and s.sessions is not null and x.pid = pg_backend_pid()
       and starts_with(x.application_name, 'monthend month-end-session ')), false)
$$;

comment on function month_end.surplus_session(integer) is
  'Whether this session of a job is beyond the number that its batch shall have.';
revoke all on function month_end.surplus_session(integer) from public;
grant execute on function month_end.surplus_session(integer) to monthend_operator;
