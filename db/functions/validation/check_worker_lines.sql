-- The stored lines of a worker: complete, every entry balanced in one currency, balances as its
-- chunks say that they posted, control lines as its scope rows carry (p_scope: worker_scope).
-- Writes worker_balance, worker_control.
drop function if exists month_end.check_worker_entries(integer, integer);
drop function if exists month_end.check_worker_amounts(integer, integer, jsonb);

create or replace function month_end.check_worker_lines(
  p_batch month_end.staging_month_end_master, p_worker_id integer, p_scope jsonb)
returns boolean
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
declare
  v_is_told boolean := exists (
    select from month_end.control_places(p_batch.ledger_id, p_batch.period));
  v_is_mixed boolean := (
    select count(distinct s ->> 'currency_id') <> 1 from jsonb_array_elements(p_scope) s);
  v_range record;
  v_found record;
  v_entries bigint := 0;
  v_unbalanced bigint := 0;
  v_first_unbalanced text;
  v_lines bigint;
  v_said record;
  v_accounts bigint;
  v_controls bigint;
begin
  for v_range in select * from month_end.worker_ranges(p_batch.batch_no, p_worker_id) loop
    v_found := month_end.add_up_lines(p_batch, p_worker_id, v_range.line_table,
                                      v_range.first_je_id, v_range.end_je_id, v_is_mixed);
    v_entries := v_entries + v_found.entries;
    v_unbalanced := v_unbalanced + v_found.unbalanced;
    v_first_unbalanced := coalesce(v_first_unbalanced,
                                   month_end.je_number(v_found.first_unbalanced));
    if not v_is_told then
      perform month_end.add_up_control_lines(p_batch.batch_no, p_worker_id, v_range.header_table,
        v_range.line_table, v_range.first_je_id, v_range.end_je_id);
    end if;
  end loop;
  select sum(c.entry_count) as entries, sum(c.line_count) as lines into v_said
    from month_end.chunk c where c.batch_no = p_batch.batch_no and c.worker_id = p_worker_id;
  select count(*) filter (where (said.debit, said.credit, said.lines)
                          is distinct from (stored.debit, stored.credit, stored.line_count)),
         coalesce(sum(stored.line_count), 0)
    into v_accounts, v_lines
    from (select b.account_id, b.currency_id, sum(b.debit) as debit, sum(b.credit) as credit,
                 sum(b.line_count) as lines
            from month_end.chunk_balance b
            join month_end.chunk c using (batch_no, chunk_no)
           where c.batch_no = p_batch.batch_no and c.worker_id = p_worker_id
           group by b.account_id, b.currency_id) said
    full join (select * from month_end.worker_balance b
                where b.batch_no = p_batch.batch_no and b.worker_id = p_worker_id) stored
      using (account_id, currency_id);
  select count(*) into v_controls
    from jsonb_to_recordset(p_scope)
           scope(source smallint, currency_id smallint, transactions bigint, amount numeric)
    full join (select * from month_end.worker_control k
                where k.batch_no = p_batch.batch_no and k.worker_id = p_worker_id) stored
      using (source, currency_id)
   where (scope.transactions, scope.amount)
         is distinct from (stored.posted_count, stored.posted_amount);
  return (select bool_and(month_end.record_result(p_batch.batch_no, 'WORKER', r.rule, r.is_good,
                            r.expected, r.actual, r.detail, 'FAIL', p_worker_id))
            from (values
    ('BALANCES_AS_POSTED', v_accounts = 0, '0 accounts differ', v_accounts || ' differ', null),
    ('CONTROL_LINES_AS_SCOPE', v_controls = 0, '0 sources differ', v_controls || ' differ', null),
    ('LINES_COMPLETE', v_lines = v_said.lines and v_entries = v_said.entries,
     format('%s lines of %s entries', v_said.lines, v_said.entries),
     format('%s lines of %s entries', v_lines, v_entries), null),
    ('ENTRIES_BALANCE', v_unbalanced = 0, '0 unbalanced', v_unbalanced || ' unbalanced',
     'the first: ' || v_first_unbalanced)) r(rule, is_good, expected, actual, detail));
end
$$;

comment on function month_end.check_worker_lines(
  month_end.staging_month_end_master, integer, jsonb) is
  'Validates the stored lines of a worker: balance of each entry, of accounts, and control lines.';
revoke all on function month_end.check_worker_lines(
  month_end.staging_month_end_master, integer, jsonb) from public;
