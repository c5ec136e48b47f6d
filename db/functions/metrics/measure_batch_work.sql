-- What the chunks of a batch that were done by a moment took; reads the batch's chunks and events
-- by their keys.
create or replace function month_end.measure_batch_work(p_batch_no integer, p_until timestamptz)
returns setof month_end.ended_batch_work
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  with done as materialized (
    select c.busy_ms, c.transaction_count, c.entry_count
      from month_end.chunk c
     where c.batch_no = p_batch_no and c.completed_at <= p_until)
  select p_batch_no,
         array(select count(d.busy_ms)
                 from unnest(month_end.chunk_bounds_ms()) as le (ms)
                 left join done d on d.busy_ms <= le.ms
                group by le.ms order by le.ms),
         t.*, e.*
    from (select count(*), coalesce(sum(d.busy_ms), 0),
                 coalesce(sum(d.transaction_count), 0)::bigint,
                 coalesce(sum(d.entry_count), 0)::bigint
            from done d) t
   cross join (select count(*) filter (where v.kind = 'WORKER_PENDING'),
                      count(*) filter (where v.kind = 'WORKER_FAILED')
                 from month_end.batch_event v where v.batch_no = p_batch_no) e
$$;

comment on function month_end.measure_batch_work(integer, timestamptz) is
  'Chunks of a batch that were done by a moment: how many, by time, with what, and their errors.';
revoke all on function month_end.measure_batch_work(integer, timestamptz) from public;
grant execute on function month_end.measure_batch_work(integer, timestamptz) to monthend_viewer;
