create or replace function month_end.failed_workers(p_batch_no integer)
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select string_agg(format('worker %s at chunk %s: %s %s', w.worker_id,
           coalesce(w.checkpoint + 1, w.first_chunk), w.error_sqlstate, w.error_message), '; '
           order by w.worker_id)
    from month_end.batch_worker_control w
   where w.batch_no = p_batch_no and w.status = 'FAILED'
$$;

comment on function month_end.failed_workers(integer) is
  'Workers of a batch that have failed, with chunk and error, as one text.';
revoke all on function month_end.failed_workers(integer) from public;
grant execute on function month_end.failed_workers(integer) to monthend_viewer;
