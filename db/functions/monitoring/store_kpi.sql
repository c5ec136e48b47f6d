-- Key figures stay as they were at the end of the batch, whatever targets and views become. They
-- are no part of the books: an error here is an event, and the batch is complete all the same.
create or replace function month_end.store_kpi(p_batch_no integer)
returns void
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
set jit = off
as $$
begin
  insert into month_end.batch_kpi
  select * from month_end.kpi_figures f where f.batch_no = p_batch_no;
  delete from month_end.batch_sample s using month_end.staging_month_end_master m
   where m.batch_no = s.batch_no and m.opened_at < clock_timestamp() - make_interval(
     days => month_end.get_setting('sample_keep_days')::integer);
exception when others then
  perform month_end.record_event(p_batch_no, 'KEY_FIGURES_MISSING', sqlerrm);
end
$$;

comment on function month_end.store_kpi(integer) is
  'Stores the key figures of a batch and prunes old samples.';
revoke all on function month_end.store_kpi(integer) from public;
