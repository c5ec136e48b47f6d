-- Where control lines stand in the rule sets of a period: account, line number, side. Enough to
-- know a stored line as a control line without its header, as long as no other line of these rules
-- has the same account and number; where one has, this returns nothing.
create or replace function month_end.control_places(p_ledger_id smallint, p_period text)
returns table (source smallint, account_id smallint, line_no smallint, is_debit boolean)
language sql
stable
security invoker
set search_path = pg_catalog, pg_temp
as $$
  with line as (
    select r.source, l.account_id, l.line_no, l.is_debit, l.is_control
      from books.rule_line l
      join books.rule_set r using (rule_set_id)
      join books.period p on p.ledger_id = r.ledger_id and p.period = p_period
     where r.ledger_id = p_ledger_id and r.valid_from < p.next_first_day
       and (r.valid_to is null or r.valid_to > p.first_day))
  select distinct c.source, c.account_id, c.line_no, c.is_debit
    from line c
   where c.is_control
     and not exists (
       select from line a join line b using (account_id, line_no)
        where a.is_control and (a.source, a.is_debit, b.is_control)
                               is distinct from (b.source, b.is_debit, true))
$$;

comment on function month_end.control_places(smallint, text) is
  'Account, number and side of the control lines of a period''s rules; none where ambiguous.';
revoke all on function month_end.control_places(smallint, text) from public;
