-- Called every second by whoever watches. The first to come in a second takes the sample: others
-- find the lock taken or the row there, and go away. A sample that took long, on a busy server,
-- puts the next one off, up to half a minute, so that watching takes under a hundredth of one
-- session. What no batch is part of is judged every ten seconds. p_host: text of /proc on the
-- caller's machine, where the server's is not to be read. p_read_ms: what the caller has read since
-- it was here last took; it counts as watching, of the batches that run.
-- Returns how many batches run. Writes batch_sample, alert, alert_notice.
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
  foreach v_batch_no in array v_running loop
    continue when exists (
      select from month_end.batch_sample s
       where s.batch_no = v_batch_no and s.sampled_at > v_second - interval '30 seconds'
         and s.sampled_at + make_interval(secs => ceil(s.sampler_ms / 8)) > v_second);
    v_started_at := clock_timestamp();
    insert into month_end.batch_sample
      (batch_no, sampled_at, phase, processed_count, percent, transactions_per_second,
       seconds_left, seconds_left_low, seconds_left_high, peak_rate, paused_seconds, server, host)
    select v_batch_no, v_second, e.phase, coalesce(t.processed_count, 0), e.percent,
           t.current_rate, e.seconds_left, e.seconds_left_low, e.seconds_left_high, t.peak_rate,
           month_end.pause_seconds(month_end.batch_pauses(v_batch_no), m.opened_at, v_second),
           month_end.read_server(),
           month_end.parse_host(coalesce(month_end.read_host(), p_host))
      from month_end.batch_estimate e
      join month_end.staging_month_end_master m on m.batch_no = e.batch_no
      join month_end.batch_throughput t on t.batch_no = e.batch_no
     where e.batch_no = v_batch_no;
    perform month_end.evaluate_alerts(v_batch_no);
    update month_end.batch_sample
       set sampler_ms = round(1000 * extract(epoch from clock_timestamp() - v_started_at), 2)
     where batch_no = v_batch_no and sampled_at = v_second;
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
