-- What a worker's scope rows come to, by source and currency.
create or replace function month_end.worker_scope(p_batch_no integer, p_worker_id integer)
returns table (source smallint, currency_id smallint, transactions bigint, entries numeric,
               amount numeric)
language sql
stable
security invoker
set search_path = pg_catalog, pg_temp
as $$
  select s.source, s.currency_id, count(*), sum(s.entry_count), sum(s.amount)
    from month_end.scope s
   where s.batch_no = p_batch_no
     and s.entry_offset >= (select min(c.first_offset) from month_end.chunk c
            where c.batch_no = p_batch_no and c.worker_id = p_worker_id)
     and s.entry_offset < (select max(c.end_offset) from month_end.chunk c
            where c.batch_no = p_batch_no and c.worker_id = p_worker_id)
   group by s.source, s.currency_id
$$;

comment on function month_end.worker_scope(integer, integer) is
  'Transactions, entries and amount of a worker''s scope rows by source and currency.';
revoke all on function month_end.worker_scope(integer, integer) from public;
