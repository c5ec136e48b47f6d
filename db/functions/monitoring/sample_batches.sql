-- Called every second by whoever watches. The first to come takes the sample: others find the lock
-- taken or the row there, and go away. Who took the last one has its plans, so the others leave it
-- to him for three seconds. What no batch is part of is judged every ten seconds. p_host: text of
-- /proc on the caller's machine, where the server's is not to be read. p_read_ms: what the caller
-- has read since it was here last took; it counts as watching, of the batches that run.
-- Returns how many batches run. Writes batch_sample, batch_screen, alert, alert_notice.
drop function if exists month_end.sample_batches(jsonb);
create or replace function month_end.sample_batches(
  p_host jsonb default null, p_read_ms numeric default 0)
returns integer
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
  v_second timestamptz := date_trunc('second', clock_timestamp());
  v_started_at timestamptz;
  v_batch_no integer;
  v_running integer[] := array(
    select m.batch_no from month_end.staging_month_end_master m
     where m.status not in ('COMPLETED', 'FAILED', 'CANCELLED') order by m.batch_no);
begin
  update month_end.batch_sample s
     set read_ms = s.read_ms + round(p_read_ms / nullif(cardinality(v_running), 0), 2)
    from unnest(v_running) r(batch_no)
   where p_read_ms > 0 and s.batch_no = r.batch_no
     and s.sampled_at = (select max(x.sampled_at) from month_end.batch_sample x
                          where x.batch_no = r.batch_no);
  if not pg_try_advisory_xact_lock(month_end.worker_lock_key(0, 4095)) then
    return cardinality(v_running);
  end if;
  delete from month_end.batch_screen k where k.batch_no <> all (v_running);
  foreach v_batch_no in array v_running loop
    continue when exists (
      select from month_end.batch_sample s
        left join month_end.batch_screen k
          on k.batch_no = s.batch_no and k.taken_at = s.sampled_at
       where s.batch_no = v_batch_no and s.sampled_at > v_second - interval '30 seconds'
         and month_end.next_sample_at(s) + case when k.taken_by <> pg_backend_pid()
               then interval '3 seconds' else interval '0' end > v_second);
    perform month_end.take_sample(v_batch_no, v_second, p_host);
  end loop;
  if extract(second from v_second)::integer % 10 = 0 then
    v_started_at := clock_timestamp();
    perform month_end.evaluate_alerts();
    update month_end.batch_sample s
       set sampler_ms = s.sampler_ms + round(1000 * extract(
             epoch from clock_timestamp() - v_started_at) / nullif(cardinality(v_running), 0), 2)
     where s.batch_no = any (v_running) and s.sampled_at = v_second;
  end if;
  return cardinality(v_running);
end
$$;

comment on function month_end.sample_batches(jsonb, numeric) is
  'Takes this second''s sample of every running batch, unless it is taken; returns how many run.';
revoke all on function month_end.sample_batches(jsonb, numeric) from public;
grant execute on function month_end.sample_batches(jsonb, numeric) to monthend_operator;
