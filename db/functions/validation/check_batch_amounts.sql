-- Money of the whole batch: both sides in total, control lines against the frozen control figures,
-- balances against the chunks, and only active accounts. And the scope, which decides what was
-- posted, has still as many rows as were frozen: by EXECUTE, as a SELECT INTO is not read in
-- parallel.
create or replace function month_end.check_batch_amounts(p_batch month_end.staging_month_end_master)
returns boolean
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
declare
  v_no integer := p_batch.batch_no;
  v_sides text;
  v_control text;
  v_rows bigint;
  v_source text;
  v_balances bigint;
  v_inactive text;
begin
  select string_agg(format('%s: debit %s, credit %s', u.code, t.debit, t.credit), '; ')
    into v_sides
    from (select b.currency_id, sum(b.debit) as debit, sum(b.credit) as credit
            from ledger_data.account_balance b where b.batch_no = v_no group by b.currency_id) t
    join books.currency u using (currency_id)
   where t.debit <> t.credit;
  select string_agg(format('%s %s: control lines %s of %s, scope %s of %s', coalesce(k.source,
           c.source), coalesce(k.code, c.currency), k.n, k.amount, c.posted_count,
           c.posted_amount), '; ') into v_control
    from (select w.source, u.code, sum(w.posted_count) as n, sum(w.posted_amount) as amount
            from month_end.worker_control w join books.currency u using (currency_id)
           where w.batch_no = v_no group by w.source, u.code) k
    full join (select * from month_end.batch_control c
                where c.batch_no = v_no and c.posted_count > 0) c
      on c.source = k.source and c.currency = k.code
   where (k.n, k.amount) is distinct from (c.posted_count::numeric, c.posted_amount);
  execute format('select count(*) from month_end.%I', 'scope_' || v_no) into v_rows;
  select nullif(concat_ws('; ', v_control, case when sum(c.posted_count) <> v_rows then format(
           'the scope has %s rows of %s', v_rows, sum(c.posted_count)) end), '') into v_control
    from month_end.batch_control c where c.batch_no = v_no;
  select string_agg(format('%s %s', c.source, c.currency), ', ') into v_source
    from month_end.batch_control c
   where c.batch_no = v_no
     and (c.source_count <> c.posted_count + c.rejected_count + c.set_aside_count
          or c.source_amount <> c.posted_amount + c.rejected_amount);
  select count(*) into v_balances
    from (select b.account_id, b.currency_id, sum(b.debit) as debit, sum(b.credit) as credit,
                 sum(b.line_count) as lines
            from month_end.chunk_balance b where b.batch_no = v_no
           group by b.account_id, b.currency_id) said
    full join (select * from ledger_data.account_balance b where b.batch_no = v_no) stored
      using (account_id, currency_id)
   where (said.debit, said.credit, said.lines)
         is distinct from (stored.debit, stored.credit, stored.line_count::numeric);
  select string_agg(a.code, ', ' order by a.code) into v_inactive
    from ledger_data.account_balance b left join books.account a using (account_id)
   where b.batch_no = v_no and a.is_active is not true;
  return (select bool_and(x.is_good) from (values
    (month_end.record_result(v_no, 'PRECOMMIT', 'DEBITS_EQUAL_CREDITS', v_sides is null,
       'equal in each currency', v_sides)),
    (month_end.record_result(v_no, 'PRECOMMIT', 'CONTROL_LINES_EQUAL_SCOPE', v_control is null,
       'equal count and amount', v_control, 'by source and currency')),
    (month_end.record_result(v_no, 'PRECOMMIT', 'SCOPE_EQUALS_SOURCE_LESS_UNFIT',
       v_source is null, 'equal count and amount', v_source, 'by source and currency')),
    (month_end.record_result(v_no, 'PRECOMMIT', 'BALANCES_EQUAL_LINES', v_balances = 0,
       '0 accounts differ', v_balances || ' differ')),
    (month_end.record_result(v_no, 'PRECOMMIT', 'ACCOUNTS_ACTIVE', v_inactive is null,
       'none inactive', v_inactive))) x(is_good));
end
$$;

comment on function month_end.check_batch_amounts(month_end.staging_month_end_master) is
  'Pre-commit rules over the money of a batch; one result row each.';
revoke all on function month_end.check_batch_amounts(month_end.staging_month_end_master)
  from public;
