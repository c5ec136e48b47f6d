-- The sample of a batch, its alerts, and its screen for all who look. Of a batch that is none it
-- only plans: a session that will take samples does that before there is one (prepare_samples).
-- Writes batch_sample, batch_screen, alert, alert_notice.
create or replace function month_end.take_sample(
  p_batch_no integer, p_second timestamptz, p_host jsonb default null)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
  v_started_at timestamptz := clock_timestamp();
begin
  insert into month_end.batch_sample
    (batch_no, sampled_at, phase, processed_count, percent, transactions_per_second,
     seconds_left, seconds_left_low, seconds_left_high, peak_rate, paused_seconds, server, host)
  select p_batch_no, p_second, e.phase, coalesce(t.processed_count, 0), e.percent,
         t.current_rate, e.seconds_left, e.seconds_left_low, e.seconds_left_high, t.peak_rate,
         month_end.pause_seconds(month_end.batch_pauses(p_batch_no), m.opened_at, p_second),
         month_end.read_server(),
         month_end.parse_host(coalesce(month_end.read_host(), p_host))
    from month_end.batch_estimate e
    join month_end.staging_month_end_master m on m.batch_no = e.batch_no
    join month_end.batch_throughput t on t.batch_no = e.batch_no
   where e.batch_no = p_batch_no;
  perform month_end.evaluate_alerts(p_batch_no);
  insert into month_end.batch_screen (batch_no, taken_at, taken_by, screen)
  select p_batch_no, p_second, pg_backend_pid(), s.screen
    from (select month_end.make_screen(p_batch_no) as screen) s
   where s.screen is not null
      on conflict (batch_no) do update
     set taken_at = excluded.taken_at, taken_by = excluded.taken_by, screen = excluded.screen;
  update month_end.batch_sample
     set sampler_ms = round(1000 * extract(epoch from clock_timestamp() - v_started_at), 2)
   where batch_no = p_batch_no and sampled_at = p_second;
end
$$;

comment on function month_end.take_sample(integer, timestamptz, jsonb) is
  'Takes a sample of a batch: its progress and load, its alerts, its screen.';
revoke all on function month_end.take_sample(integer, timestamptz, jsonb) from public;
