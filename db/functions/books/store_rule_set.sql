-- Stores a new version of the rules of a source, checked as a whole: what is stored balances by
-- construction, whatever the amounts. `p_entries` is an array of
--   {"code": "P1", "description": "…",
--    "debit":  [{"account": "1110", "share": "1", "control": true}],
--    "credit": [{"account": "4410", "share": "0.16"}, {"account": "5010", "share": "0.84"}]}
-- Shares are of the transaction's amount, as strings, and exact. The version before ends where
-- this one begins. Writes books.rule_*. Raises M2003.
create or replace function books.store_rule_set(
  p_source text, p_valid_from date, p_entries jsonb, p_ledger_id integer default 1)
returns smallint
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_source smallint;
  v_version integer;
  v_id smallint;
begin
  select s.source into v_source from books.source s where s.code = p_source;
  if v_source is null or jsonb_typeof(p_entries) is distinct from 'array'
     or jsonb_array_length(p_entries) = 0 then
    perform month_end.raise_error('M2003', format('source %L, %s', p_source,
      coalesce(jsonb_typeof(p_entries), 'no entries')),
      'Give a source of books.source and an array of at least one entry');
  end if;
  lock table books.rule_set in share row exclusive mode;
  if exists (select from books.rule_set r where r.ledger_id = p_ledger_id
             and r.source = v_source and r.valid_from >= p_valid_from) then
    perform month_end.raise_error('M2003', format('a version from %s on is there',
      (select max(r.valid_from) from books.rule_set r
        where r.ledger_id = p_ledger_id and r.source = v_source)),
      'Let the new version begin on a later day');
  end if;
  select coalesce(max(r.version), 0) + 1 into v_version
    from books.rule_set r where r.ledger_id = p_ledger_id and r.source = v_source;
  update books.rule_set set valid_to = p_valid_from
   where ledger_id = p_ledger_id and source = v_source and valid_to is null
     and valid_from < p_valid_from;
  insert into books.rule_set (ledger_id, source, version, valid_from, entry_count, line_count)
  values (p_ledger_id, v_source, v_version, p_valid_from, jsonb_array_length(p_entries), 0)
  returning rule_set_id into v_id;

  insert into books.rule_entry (rule_set_id, entry_no, code, description, pattern, negative_pattern)
  select v_id, e.no, e.body ->> 'code', coalesce(e.body ->> 'description', ''), '', ''
    from jsonb_array_elements(p_entries) with ordinality e(body, no);
  insert into books.rule_line (rule_set_id, entry_no, line_no, account_id, is_debit, share,
                               share_from, share_to, is_control)
  select v_id, l.entry_no,
         row_number() over (partition by l.entry_no order by l.is_debit desc, l.no),
         a.account_id, l.is_debit, l.share,
         sum(l.share) over side - l.share, sum(l.share) over side, l.is_control
    from books.read_rule_lines(p_entries) l
    left join books.account a
      on a.ledger_id = p_ledger_id and a.code = l.account and a.is_active
  window side as (partition by l.entry_no, l.is_debit order by l.no);
  update books.rule_set set line_count =
    (select count(*) from books.rule_line rl where rl.rule_set_id = v_id)
   where rule_set_id = v_id;
  update books.rule_entry e set (pattern, negative_pattern) =
    (select string_agg(a.code || case when rl.is_debit then 'D' else 'C' end, ','
                       order by rl.line_no),
            string_agg(a.code || case when rl.is_debit then 'C' else 'D' end, ','
                       order by rl.line_no)
       from books.rule_line rl join books.account a using (account_id)
      where rl.rule_set_id = v_id and rl.entry_no = e.entry_no)
   where e.rule_set_id = v_id;
  perform books.check_rule_set(v_id);
  return v_id;
exception
  when not_null_violation or check_violation or unique_violation or numeric_value_out_of_range then
    perform month_end.raise_error('M2003', sqlerrm,
      'Each entry needs a code of its own, active accounts, and shares above zero');
end
$$;

comment on function books.store_rule_set(text, date, jsonb, integer) is
  'Stores and checks a new version of the posting rules of a source; M2003 names what is wrong.';
revoke all on function books.store_rule_set(text, date, jsonb, integer) from public;
grant execute on function books.store_rule_set(text, date, jsonb, integer) to monthend_admin;
