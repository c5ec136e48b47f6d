-- The first sample of a session plans what the later ones only do, which takes longer than ten of
-- them: called while no batch runs, this costs none of them anything.
create or replace function month_end.prepare_samples()
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform month_end.take_sample(0, clock_timestamp());
end
$$;

comment on function month_end.prepare_samples() is
  'Plans the samples of this session beforehand; nothing is sampled.';
revoke all on function month_end.prepare_samples() from public;
grant execute on function month_end.prepare_samples() to monthend_operator;
