-- Where a worker's entries are: a range of je_ids in each leaf that it writes to.
create or replace function month_end.worker_ranges(p_batch_no integer, p_worker_id integer)
returns table (header_table text, line_table text, first_je_id bigint, end_je_id bigint)
language sql
stable
security invoker
set search_path = pg_catalog, pg_temp
as $$
  select l.header_table, l.line_table,
         month_end.je_id(m.ledger_id, m.period, m.first_number + min(c.first_offset)),
         month_end.je_id(m.ledger_id, m.period, m.first_number + max(c.end_offset))
    from month_end.chunk c
    join month_end.leaf l using (batch_no, leaf_no)
    join month_end.staging_month_end_master m using (batch_no)
   where c.batch_no = p_batch_no and c.worker_id = p_worker_id
   group by l.leaf_no, l.header_table, l.line_table, m.ledger_id, m.period, m.first_number
   order by l.leaf_no
$$;

comment on function month_end.worker_ranges(integer, integer) is
  'The leaf tables and je_id ranges of a worker.';
revoke all on function month_end.worker_ranges(integer, integer) from public;
