-- The lines of a rule set numbered through, entry by entry: where a transaction's array of amounts
-- has the line's.
create or replace view books.rule_line_place as
  select r.rule_set_id, r.entry_no, r.line_no, r.account_id, r.is_debit, r.is_control,
         r.share_from, r.share_to,
         (row_number() over (partition by r.rule_set_id
                             order by r.entry_no, r.line_no))::integer as place
    from books.rule_line r;

comment on view books.rule_line_place is 'Lines of rule sets with their place in a transaction.';
