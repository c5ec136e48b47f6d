-- A window's width may be a parameter of a function, but no column.
create or replace function month_end.peak_count(p_batch_no integer, p_seconds numeric)
returns numeric
language plpgsql
stable
strict
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select max(k.window_count)
      from (select sum(c.transaction_count) over (order by c.completed_at
                     range make_interval(secs => p_seconds::double precision) preceding)
                     as window_count
              from month_end.chunk c
             where c.batch_no = p_batch_no and c.completed_at is not null) k);
end
$$;

comment on function month_end.peak_count(integer, numeric) is
  'The most transactions that a batch has posted within so many seconds.';
revoke all on function month_end.peak_count(integer, numeric) from public;
grant execute on function month_end.peak_count(integer, numeric) to monthend_viewer;
