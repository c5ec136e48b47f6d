-- Lines of an account in a period, in the order of their entries, a page at a time: read through
-- the key of the lines, from the first source on whose rules post to the account. A page begins
-- after an entry and a line of it. Raises M2004.
create or replace function month_end.account_lines(
  p_period text, p_account_code text, p_ledger_id integer default 1, p_after text default null,
  p_after_line integer default 32767, p_limit integer default 100)
returns table (je_number text, je_date date, line_no smallint, description text, source text,
               source_id text, product_code text, currency text, debit text, credit text)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_bitmapscan = off
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
  v_account smallint := (select a.account_id from books.account a
                          where a.ledger_id = p_ledger_id and a.code = p_account_code);
  v_period books.period;
  v_after bigint;
begin
  select p.* into v_period from books.period p
   where p.ledger_id = p_ledger_id and p.period = p_period;
  if p_after is not null then
    v_after := month_end.parse_je_number(p_after);
  else
    select month_end.je_id(p_ledger_id, p_period, m.first_number - 1
             + month_end.first_offset_of_source(m.batch_no, r.source)) into v_after
      from month_end.staging_month_end_master m
      join ledger.batch b on b.batch_no = m.batch_no
     cross join lateral (
        select min(s.source) as source from books.rule_set s
          join books.rule_line l using (rule_set_id)
         where s.ledger_id = p_ledger_id and l.account_id = v_account) r
     where m.ledger_id = p_ledger_id and m.period = p_period
     order by m.first_number limit 1;
  end if;
  return query
    select h.je_number, h.je_date, l.line_no, h.description, h.reference_type, h.reference_id,
           h.product_code, h.currency,
           case when l.is_debit then month_end.money_text(l.amount, u.minor_unit) end,
           case when not l.is_debit then month_end.money_text(l.amount, u.minor_unit) end
      from (select x.* from ledger_data.journal_entry_line x
             where (x.je_id, x.line_no) > (v_after, p_after_line::smallint)
               and x.je_id between v_after and month_end.je_id(p_ledger_id, p_period, 9999999999)
               and x.je_date >= v_period.first_day and x.je_date < v_period.next_first_day
               and x.account_id = v_account
               and x.batch_no = any (array(select b.batch_no from ledger.batch b))
             order by x.je_id, x.line_no limit p_limit) l
      join books.currency u on u.currency_id = l.currency_id
     cross join lateral (
        select x.* from ledger.journal_entry_header x
         where x.je_id = l.je_id and x.je_date = l.je_date
           and x.je_date >= v_period.first_day and x.je_date < v_period.next_first_day limit 1) h
     order by l.je_id, l.line_no;
end
$$;

comment on function month_end.account_lines(text, text, integer, text, integer, integer) is
  'A page of the committed lines of an account in a period; the next begins after its last line.';
revoke all on function
  month_end.account_lines(text, text, integer, text, integer, integer) from public;
grant execute on function month_end.account_lines(text, text, integer, text, integer, integer)
  to monthend_operator, monthend_auditor;
