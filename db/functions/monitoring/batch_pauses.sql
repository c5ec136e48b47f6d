-- Times of more than 30 seconds in which nobody worked on a batch: what is left beside its phases
-- that are one transaction, its chunks, tasks and events, and the transactions that are at it now,
-- which its advisory locks show. Unbounded where nobody works on it now. Where the owner may not
-- see when a transaction began, it counts from the last event. A screen asks for them many times:
-- what was found is kept for the statement.
create or replace function month_end.batch_pauses(p_batch_no integer)
returns tstzmultirange
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
cost 10000
as $$
declare
  v_batch month_end.staging_month_end_master;
  v_last timestamptz;
  v_worked tstzmultirange;
  v_statement text := format('%s %s %s', p_batch_no, now(), statement_timestamp());
begin
  if current_setting('monthend.pauses_statement', true) = v_statement then
    return current_setting('monthend.pauses')::tstzmultirange;
  end if;
  select * into v_batch from month_end.staging_month_end_master m where m.batch_no = p_batch_no;
  select max(e.at), range_agg(tstzrange(e.at, e.at, '[]')) into v_last, v_worked
    from month_end.batch_event e where e.batch_no = p_batch_no and e.kind <> 'CHECKPOINT';
  v_worked := v_worked + (
    select range_agg(tstzrange(w.began_at, w.ended_at, '[]'))
      from (select c.completed_at - make_interval(secs => c.busy_ms / 1000.0), c.completed_at
              from month_end.chunk c
             where c.batch_no = p_batch_no and c.completed_at is not null
            union all
            select k.done_at - make_interval(secs => k.busy_ms / 1000.0), k.done_at
              from month_end.leaf_task k where k.batch_no = p_batch_no and k.done_at is not null
            union all
            select p.started_at, p.finished_at from month_end.batch_phase p
             where p.batch_no = p_batch_no and p.phase not in (4, 5) and p.finished_at is not null
            union all
            select v_batch.opened_at, v_batch.opened_at) w(began_at, ended_at));
  if month_end.running_phase(v_batch.status) is not null then
    v_last := greatest(v_last, (select max(c.completed_at) from month_end.chunk c
                                 where c.batch_no = p_batch_no));
    v_worked := v_worked + coalesce((
      select range_agg(tstzrange(least(coalesce(a.xact_start, v_last), clock_timestamp()), null))
        from month_end.advisory_lock l join pg_stat_activity a on a.pid = l.pid
       where l.lock_key in (month_end.worker_lock_key(p_batch_no, 0),
                            month_end.worker_lock_key(p_batch_no, 4095))), '{}');
  end if;
  perform set_config('monthend.pauses_statement', v_statement, true),
          set_config('monthend.pauses', coalesce(range_agg(r), '{}')::text, true)
     from unnest(tstzmultirange(tstzrange(v_batch.opened_at,
            case when month_end.running_phase(v_batch.status) is null then v_last end))
            - v_worked) r
    where coalesce(upper(r), clock_timestamp()) - lower(r) > interval '30 seconds';
  return current_setting('monthend.pauses')::tstzmultirange;
end
$$;

comment on function month_end.batch_pauses(integer) is
  'When nobody worked on a batch, from half a minute on; unbounded: nobody works on it now.';
revoke all on function month_end.batch_pauses(integer) from public;
grant execute on function month_end.batch_pauses(integer) to monthend_viewer;
