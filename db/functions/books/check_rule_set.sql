-- A set is fit when each entry's sides carry the same share and one line of the set is the
-- control line, which carries the whole transaction. Raises M2003.
create or replace function books.check_rule_set(p_rule_set_id smallint)
returns void
language plpgsql
stable
security invoker
set search_path = pg_catalog, pg_temp
as $$
declare
  v_detail text;
begin
  select string_agg(format('entry %s: debit %s, credit %s', e.code, coalesce(t.debit, 0),
                           coalesce(t.credit, 0)), '; ' order by e.entry_no)
    into v_detail
    from books.rule_entry e
    left join (select rl.entry_no, sum(rl.share) filter (where rl.is_debit) as debit,
                      sum(rl.share) filter (where not rl.is_debit) as credit
                 from books.rule_line rl where rl.rule_set_id = p_rule_set_id
                group by rl.entry_no) t using (entry_no)
   where e.rule_set_id = p_rule_set_id and t.debit is distinct from t.credit
      or e.rule_set_id = p_rule_set_id and t.debit is null;
  if v_detail is not null then
    perform month_end.raise_error('M2003', v_detail, 'Make the shares of both sides equal');
  end if;
  select format('%s control lines', count(*)) into v_detail
    from books.rule_line rl where rl.rule_set_id = p_rule_set_id and rl.is_control
  having count(*) <> 1;
  if v_detail is not null then
    perform month_end.raise_error('M2003', v_detail,
      'Mark one line as control: its share is 1 and it is the first of its side');
  end if;
end
$$;

comment on function books.check_rule_set(smallint) is
  'Asserts that a stored rule set balances and has one control line; M2003 otherwise.';
revoke all on function books.check_rule_set(smallint) from public;
