-- At most so many points, evenly over the samples, the last one among them.
create or replace function month_end.batch_series(
  p_batch_no integer, p_points integer default 300)
returns table (sampled_at timestamptz, elapsed_seconds numeric, phase smallint, percent numeric,
               processed_count bigint, transactions_per_second numeric)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select s.sampled_at, greatest(0, month_end.seconds_between(m.opened_at, s.sampled_at)), s.phase,
         s.percent, s.processed_count, s.transactions_per_second
    from (select x.*, row_number() over (order by x.sampled_at desc) - 1 as place,
                 count(*) over () as samples
            from month_end.batch_sample x where x.batch_no = p_batch_no) s
    join month_end.staging_month_end_master m on m.batch_no = s.batch_no
   where s.place % greatest(1, ceil(s.samples::numeric / p_points)::integer) = 0
   order by s.sampled_at
$$;

comment on function month_end.batch_series(integer, integer) is
  'Progress and throughput of a batch over time, from its samples, thinned for a chart.';
revoke all on function month_end.batch_series(integer, integer) from public;
grant execute on function month_end.batch_series(integer, integer) to monthend_viewer;
