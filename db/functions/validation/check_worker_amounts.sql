-- Balances and control lines of a worker, added up from the stored lines and held against what its
-- chunks say they posted and what its scope rows carry (p_scope: worker_scope).
-- Writes worker_balance, worker_control.
create or replace function month_end.check_worker_amounts(
  p_batch_no integer, p_worker_id integer, p_scope jsonb)
returns boolean
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
set work_mem = '256MB'
as $$
declare
  v_batch month_end.staging_month_end_master;
  v_is_told boolean;
  v_range record;
  v_accounts bigint;
  v_controls bigint;
begin
  select * into strict v_batch from month_end.staging_month_end_master m
   where m.batch_no = p_batch_no;
  v_is_told := exists (select from month_end.control_places(v_batch.ledger_id, v_batch.period));
  for v_range in select * from month_end.worker_ranges(p_batch_no, p_worker_id) loop
    perform month_end.add_up_lines(v_batch, p_worker_id, v_range.line_table,
                                   v_range.first_je_id, v_range.end_je_id);
    if not v_is_told then
      perform month_end.add_up_control_lines(p_batch_no, p_worker_id, v_range.header_table,
        v_range.line_table, v_range.first_je_id, v_range.end_je_id);
    end if;
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
    from jsonb_to_recordset(p_scope)
           scope(source smallint, currency_id smallint, transactions bigint, amount numeric)
    full join (select * from month_end.worker_control k
                where k.batch_no = p_batch_no and k.worker_id = p_worker_id) stored
      using (source, currency_id)
   where (scope.transactions, scope.amount)
         is distinct from (stored.posted_count, stored.posted_amount);
  return (select bool_and(x.is_good) from (values
    (month_end.record_result(p_batch_no, 'WORKER', 'BALANCES_AS_POSTED', v_accounts = 0,
       '0 accounts differ', v_accounts || ' differ', null, 'FAIL', p_worker_id)),
    (month_end.record_result(p_batch_no, 'WORKER', 'CONTROL_LINES_AS_SCOPE', v_controls = 0,
       '0 sources differ', v_controls || ' differ', null, 'FAIL', p_worker_id))) x(is_good));
end
$$;

comment on function month_end.check_worker_amounts(integer, integer, jsonb) is
  'Validates balances and control lines of a worker against its chunks and its scope.';
revoke all on function month_end.check_worker_amounts(integer, integer, jsonb) from public;
