-- The entries of a rule set with the places of their lines, and what stands before the amounts in
-- their canonical bytes, for positive and for negative transactions.
create or replace view books.rule_entry_place as
  select e.rule_set_id, e.entry_no, e.code || '|' || e.pattern || '|' as head,
         e.code || '|' || e.negative_pattern || '|' as negative_head, p.first_place, p.last_place
    from books.rule_entry e
    join (select l.rule_set_id, l.entry_no, min(l.place) as first_place, max(l.place) as last_place
            from books.rule_line_place l
           group by l.rule_set_id, l.entry_no) p using (rule_set_id, entry_no);

comment on view books.rule_entry_place is 'Entries of rule sets with the places of their lines.';
