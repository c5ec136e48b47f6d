-- Balances and control lines of a worker, added up from the stored lines and held against what its
-- chunks say they posted and what its scope rows carry. Writes worker_balance, worker_control.
create or replace function month_end.check_worker_amounts(p_batch_no integer, p_worker_id integer)
returns boolean
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
set work_mem = '256MB'
as $$
declare
  v_range record;
  v_accounts bigint;
  v_controls bigint;
begin
  for v_range in select * from month_end.worker_ranges(p_batch_no, p_worker_id) loop
    execute format($sql$
      insert into month_end.worker_balance as b
        (batch_no, worker_id, account_id, currency_id, debit, credit, line_count)
      select $3, $4, l.account_id, l.currency_id,
             coalesce(sum(l.amount) filter (where l.is_debit), 0),
             coalesce(sum(l.amount) filter (where not l.is_debit), 0), count(*)
        from ledger_data.%I l
       where l.je_id >= $1 and l.je_id < $2 and l.batch_no = $3
       group by l.account_id, l.currency_id
      on conflict (batch_no, worker_id, account_id, currency_id) do update
        set debit = b.debit + excluded.debit, credit = b.credit + excluded.credit,
            line_count = b.line_count + excluded.line_count
      $sql$, v_range.line_table)
      using v_range.first_je_id, v_range.end_je_id, p_batch_no, p_worker_id;
    execute format($sql$
      insert into month_end.worker_control as k
        (batch_no, worker_id, source, currency_id, posted_count, posted_amount)
      select $3, $4, h.reference_type, l.currency_id, count(*),
             sum(case when l.is_debit = r.is_debit then l.amount else -l.amount end)
        from ledger_data.%I h
        join books.rule_line r on r.rule_set_id = h.rule_set_id and r.entry_no = h.entry_no
                              and r.is_control
        join ledger_data.%I l on l.je_id = h.je_id and l.line_no = r.line_no
                             and l.je_id >= $1 and l.je_id < $2
       where h.je_id >= $1 and h.je_id < $2 and h.batch_no = $3
       group by h.reference_type, l.currency_id
      on conflict (batch_no, worker_id, source, currency_id) do update
        set posted_count = k.posted_count + excluded.posted_count,
            posted_amount = k.posted_amount + excluded.posted_amount
      $sql$, v_range.header_table, v_range.line_table)
      using v_range.first_je_id, v_range.end_je_id, p_batch_no, p_worker_id;
  end loop;
  select count(*) into v_accounts
    from (select b.account_id, b.currency_id, sum(b.debit) as debit, sum(b.credit) as credit,
                 sum(b.line_count) as lines
            from month_end.chunk_balance b
            join month_end.chunk c using (batch_no, chunk_no)
           where c.batch_no = p_batch_no and c.worker_id = p_worker_id
           group by b.account_id, b.currency_id) said
    full join (select * from month_end.worker_balance b
                where b.batch_no = p_batch_no and b.worker_id = p_worker_id) stored
      using (account_id, currency_id)
   where (said.debit, said.credit, said.lines)
         is distinct from (stored.debit, stored.credit, stored.line_count);
  select count(*) into v_controls
    from (select s.source, s.currency_id, count(*) as n, sum(s.amount) as amount
            from month_end.scope s
           where s.batch_no = p_batch_no
             and s.entry_offset >= (select min(c.first_offset) from month_end.chunk c
                    where c.batch_no = p_batch_no and c.worker_id = p_worker_id)
             and s.entry_offset < (select max(c.end_offset) from month_end.chunk c
                    where c.batch_no = p_batch_no and c.worker_id = p_worker_id)
           group by s.source, s.currency_id) scope
    full join (select * from month_end.worker_control k
                where k.batch_no = p_batch_no and k.worker_id = p_worker_id) stored
      using (source, currency_id)
   where (scope.n, scope.amount) is distinct from (stored.posted_count, stored.posted_amount);
  return (select bool_and(x.is_good) from (values
    (month_end.record_result(p_batch_no, 'WORKER', 'BALANCES_AS_POSTED', v_accounts = 0,
       '0 accounts differ', v_accounts || ' differ', null, 'FAIL', p_worker_id)),
    (month_end.record_result(p_batch_no, 'WORKER', 'CONTROL_LINES_AS_SCOPE', v_controls = 0,
       '0 sources differ', v_controls || ' differ', null, 'FAIL', p_worker_id))) x(is_good));
end
$$;

comment on function month_end.check_worker_amounts(integer, integer) is
  'Validates balances and control lines of a worker against its chunks and its scope.';
revoke all on function month_end.check_worker_amounts(integer, integer) from public;
