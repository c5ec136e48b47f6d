-- Of a running batch the screen that its last sample has made, however many look: reading it costs
-- next to nothing, and plans nothing. Where the last sample is older than any is while somebody
-- takes them, and once the batch has ended, it is made anew. fresh_ms: when the next may be there.
-- Raises M1003.
create or replace function month_end.screen(p_batch_id text, p_ledger_id integer default 1)
returns jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_batch month_end.staging_month_end_master := month_end.find_batch(p_batch_id, p_ledger_id);
  v_screen jsonb;
  v_sampled_at timestamptz;
  v_next_at timestamptz;
begin
  select k.screen, s.sampled_at, month_end.next_sample_at(s) into v_screen, v_sampled_at, v_next_at
    from month_end.batch_screen k
    join month_end.batch_sample s on s.batch_no = k.batch_no and s.sampled_at = k.taken_at
   where k.batch_no = v_batch.batch_no and month_end.running_phase(v_batch.status) is not null
     and month_end.next_sample_at(s) > clock_timestamp() - interval '5 seconds';
  if not found then
    v_screen := month_end.make_screen(v_batch.batch_no);
    v_sampled_at := v_screen ->> 'sampled_at';
  end if;
  return v_screen || jsonb_build_object(
    'sample_age_seconds', round(extract(epoch from clock_timestamp() - v_sampled_at)),
    'fresh_ms', case when v_next_at is not null then greatest(
      0, ceil(1000 * extract(epoch from v_next_at - clock_timestamp()))) end,
    'read_ms', round(1000 * extract(epoch from clock_timestamp() - statement_timestamp()), 2));
end
$$;

comment on function month_end.screen(text, integer) is
  'The screen of a batch as JSON, as its last sample made it; anew where nobody takes samples.';
revoke all on function month_end.screen(text, integer) from public;
grant execute on function month_end.screen(text, integer) to monthend_viewer;
