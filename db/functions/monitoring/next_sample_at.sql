-- A sample that took long, on a busy server, puts the next one off, up to twenty seconds, so that
-- samples take a hundredth of one session. The first of a batch plans, which the next will not.
create or replace function month_end.next_sample_at(p_sample month_end.batch_sample)
returns timestamptz
language sql
stable
security invoker
set search_path = pg_catalog, pg_temp
as $$
  select p_sample.sampled_at
         + make_interval(secs => least(
             case when exists (select from month_end.batch_sample b
                                where b.batch_no = p_sample.batch_no
                                  and b.sampled_at < p_sample.sampled_at) then 20 else 3 end,
             greatest(1, ceil(p_sample.sampler_ms / 10)))::integer)
$$;

comment on function month_end.next_sample_at(month_end.batch_sample) is
  'When the sample after this one is due.';
revoke all on function month_end.next_sample_at(month_end.batch_sample) from public;
grant execute on function month_end.next_sample_at(month_end.batch_sample) to monthend_viewer;
