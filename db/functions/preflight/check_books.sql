-- Rules and accounts, before any row is looked at: each source has one rule set for every day of
-- the period, each of them balances, and all its accounts are active. Writes results.
create or replace function month_end.check_books(p_batch month_end.staging_month_end_master)
returns boolean
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
declare
  v_period books.period;
  v_days text;
  v_accounts text;
  v_shares text;
begin
  select * into strict v_period from books.period p
   where p.ledger_id = p_batch.ledger_id and p.period = p_batch.period;
  select string_agg(format('%s has %s on %s', s.code, n.rule_sets, d.day::date), '; ') into v_days
    from books.source s
   cross join generate_series(v_period.first_day, v_period.next_first_day - 1,
                              interval '1 day') d(day)
   cross join lateral (select count(*) as rule_sets from books.rule_set r
      where r.ledger_id = p_batch.ledger_id and r.source = s.source and d.day >= r.valid_from
        and (r.valid_to is null or d.day < r.valid_to)) n
   where n.rule_sets <> 1;
  select string_agg(distinct a.code, ', ') into v_accounts
    from books.rule_line l
    join books.rule_set r using (rule_set_id)
    join books.account a using (account_id)
   where r.ledger_id = p_batch.ledger_id and not a.is_active
     and r.valid_from < v_period.next_first_day
     and (r.valid_to is null or r.valid_to > v_period.first_day);
  select string_agg(format('set %s entry %s', t.rule_set_id, t.entry_no), ', ') into v_shares
    from (select l.rule_set_id, l.entry_no
            from books.rule_line l
            join books.rule_set r using (rule_set_id)
           where r.ledger_id = p_batch.ledger_id and r.valid_from < v_period.next_first_day
             and (r.valid_to is null or r.valid_to > v_period.first_day)
           group by l.rule_set_id, l.entry_no
          having sum(case when l.is_debit then l.share else -l.share end) <> 0) t;
  -- no short circuit: each rule leaves its row
  return (select bool_and(x.is_good) from (values
    (month_end.record_result(p_batch.batch_no, 'PREFLIGHT', 'PERIOD_STATE',
       v_period.state = 'CLOSING', 'CLOSING', v_period.state)),
    (month_end.record_result(p_batch.batch_no, 'PREFLIGHT', 'RULE_SET_OF_EVERY_DAY',
       v_days is null, '1', left(v_days, 1000))),
    (month_end.record_result(p_batch.batch_no, 'PREFLIGHT', 'RULE_ACCOUNTS_ACTIVE',
       v_accounts is null, 'none inactive', v_accounts)),
    (month_end.record_result(p_batch.batch_no, 'PREFLIGHT', 'RULES_BALANCE',
       v_shares is null, 'none unbalanced', v_shares))) x(is_good));
end
$$;

comment on function month_end.check_books(month_end.staging_month_end_master) is
  'Pre-flight rules over period, rule sets and accounts; one result row each.';
revoke all on function month_end.check_books(month_end.staging_month_end_master) from public;
