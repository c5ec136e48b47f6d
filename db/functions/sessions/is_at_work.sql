-- Who works on a batch holds its lock for each chunk and step; between them its name tells.
create or replace function month_end.is_at_work(p_batch_no integer)
returns boolean
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select exists (select from month_end.advisory_lock l
                  where l.lock_key in (month_end.worker_lock_key(p_batch_no, 0),
                                       month_end.worker_lock_key(p_batch_no, 4095)))
      or exists (select from month_end.batch_session s where s.batch_no = p_batch_no)
$$;

comment on function month_end.is_at_work(integer) is 'Whether any session works on a batch now.';
revoke all on function month_end.is_at_work(integer) from public;
grant execute on function month_end.is_at_work(integer) to monthend_viewer;
