-- Called every second by whoever watches. The first to come in a second takes the sample: others
-- find the lock taken or the row there, and go away.
-- Returns how many batches run. Writes batch_sample.
create or replace function month_end.sample_batches(p_host jsonb default null)
returns integer
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_second timestamptz := date_trunc('second', clock_timestamp());
  v_started_at timestamptz;
  v_batch_no integer;
  v_running integer[] := array(
    select m.batch_no from month_end.staging_month_end_master m
     where m.status not in ('COMPLETED', 'FAILED', 'CANCELLED') order by m.batch_no);
begin
  if cardinality(v_running) > 0
     and pg_try_advisory_xact_lock(month_end.worker_lock_key(v_running[1], 4095)) then
    foreach v_batch_no in array v_running loop
      continue when exists (select from month_end.batch_sample s
                             where s.batch_no = v_batch_no and s.sampled_at = v_second);
      v_started_at := clock_timestamp();
      with read as materialized (
        select e.phase, coalesce(t.processed_count, 0) as processed_count, e.percent,
               t.current_rate, e.seconds_left, e.seconds_left_low, e.seconds_left_high,
               month_end.read_server() as server
          from month_end.batch_estimate e
          join month_end.batch_throughput t on t.batch_no = e.batch_no
         where e.batch_no = v_batch_no)
      insert into month_end.batch_sample
      select v_batch_no, v_second, r.*, p_host,
             round(1000 * extract(epoch from clock_timestamp() - v_started_at), 2)
        from read r
      on conflict do nothing;
    end loop;
  end if;
  return cardinality(v_running);
end
$$;

comment on function month_end.sample_batches(jsonb) is
  'Takes this second''s sample of every running batch, unless it is taken; returns how many run.';
revoke all on function month_end.sample_batches(jsonb) from public;
grant execute on function month_end.sample_batches(jsonb) to monthend_operator;
