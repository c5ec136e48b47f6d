-- The canonical bytes of a transaction over a row p of posting_sql, $6 being the batch's first
-- number: whole, the line of all its entries, and entries, an array of a line each. What is the
-- same for all transactions of a rule stands in them as constants. Why text: as in posting_sql; a
-- row for each entry takes twice as long.
drop function if exists month_end.entries_sql(month_end.staging_month_end_master);

create or replace function month_end.entries_sql(
  p_batch month_end.staging_month_end_master, out whole text, out entries text)
returns record
language sql
stable
security invoker
set search_path = pg_catalog, pg_temp
as $$
  select format('$6 + p.entry_offset || p.head || case p.rule_set_id %s end'
                ' || array_to_string(p.amounts, '','')', string_agg(
           format('when %s then case when p.is_positive then %L else %L end', r.rule_set_id, r.head,
                  r.negative_head), ' ')),
         format('case p.rule_set_id %s end', string_agg(
           format('when %s then array[%s]', r.rule_set_id, r.entries), ' '))
    from (select e.rule_set_id, string_agg(e.head, '' order by e.entry_no) as head,
                 string_agg(e.negative_head, '' order by e.entry_no) as negative_head,
                 string_agg(format(
                   '$6 + p.entry_offset + %s || p.head'
                   ' || case when p.is_positive then %L else %L end'
                   ' || array_to_string(p.amounts[%s:%s], '','')', e.entry_no - 1, e.head,
                   e.negative_head, e.first_place, e.last_place), ', ' order by e.entry_no)
                   as entries
            from books.rule_entry_place e
            join books.rule_set r using (rule_set_id)
            join books.period p on p.ledger_id = r.ledger_id and p.period = p_batch.period
           where r.ledger_id = p_batch.ledger_id and r.valid_from < p.next_first_day
             and (r.valid_to is null or r.valid_to > p.first_day)
           group by e.rule_set_id) r
$$;

comment on function month_end.entries_sql(month_end.staging_month_end_master) is
  'SQL for the canonical bytes of the entries of a transaction.';
revoke all on function month_end.entries_sql(month_end.staging_month_end_master) from public;
