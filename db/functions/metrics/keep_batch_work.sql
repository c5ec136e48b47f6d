-- Called in the transaction that ends a batch, while it still has its chunks.
-- Writes ended_batch_work.
create or replace function month_end.keep_batch_work(p_batch_no integer)
returns void
language sql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
  insert into month_end.ended_batch_work
  select * from month_end.measure_batch_work(p_batch_no, 'infinity')
$$;

comment on function month_end.keep_batch_work(integer) is
  'Keeps what the chunks of a batch took, for counters that never go back.';
revoke all on function month_end.keep_batch_work(integer) from public;
