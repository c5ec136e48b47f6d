-- What a worker's scope rows come to, by source and currency, as they were added up when they were
-- frozen (number_run: a chunk is a run).
create or replace function month_end.worker_scope(p_batch_no integer, p_worker_id integer)
returns table (source smallint, currency_id smallint, transactions bigint, entries numeric,
               amount numeric)
language sql
stable
security invoker
set search_path = pg_catalog, pg_temp
as $$
  select n.source, n.currency_id, sum(n.transaction_count)::bigint,
         sum(n.transaction_count * r.entry_count), sum(n.amount)
    from month_end.chunk c
    join month_end.number_run n on n.batch_no = c.batch_no and n.first_offset >= c.first_offset
                               and n.first_offset < c.end_offset
    join books.rule_set r using (rule_set_id)
   where c.batch_no = p_batch_no and c.worker_id = p_worker_id
   group by n.source, n.currency_id
$$;

comment on function month_end.worker_scope(integer, integer) is
  'Transactions, entries and amount of the scope rows of a worker by source and currency.';
revoke all on function month_end.worker_scope(integer, integer) from public;
