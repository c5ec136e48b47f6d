-- The latest attempt is the one that operators mean by a batch id.
-- Raises M1003.
create or replace function month_end.find_batch(p_batch_id text, p_ledger_id integer default 1)
returns month_end.staging_month_end_master
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_batch month_end.staging_month_end_master;
begin
  select * into v_batch
    from month_end.staging_month_end_master m
   where m.ledger_id = p_ledger_id and m.batch_id = p_batch_id
   order by m.attempt desc
   limit 1;
  if v_batch.batch_no is null then
    perform month_end.raise_error('M1003', format('ledger %s, batch %L', p_ledger_id, p_batch_id));
  end if;
  return v_batch;
end
$$;

comment on function month_end.find_batch(text, integer) is
  'Row of the latest attempt of a batch; M1003 where there is none.';
revoke all on function month_end.find_batch(text, integer) from public;
grant execute on function month_end.find_batch(text, integer) to monthend_viewer;
