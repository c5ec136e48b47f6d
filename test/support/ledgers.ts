/** Ledger 2 has the books of ledger 1. */
export const secondLedger = `
  insert into books.ledger (ledger_id, code, name, currency_id) values (2, 'SECOND', 'Second ledger', 978);
  insert into books.account (ledger_id, code, name, type, is_contra) select 2, code, name, type, is_contra from books.account;
  insert into books.product (ledger_id, code, name) select 2, code, name from books.product;
  insert into books.cost_center (ledger_id, code) select 2, code from books.cost_center;
  select books.store_rule_set(s.code, '0001-01-01', (
    select jsonb_agg(jsonb_build_object('code', e.code,
      'debit', (select jsonb_agg(jsonb_build_object('account', a.code, 'share', l.share::text, 'control', l.is_control) order by l.line_no)
                  from books.rule_line l join books.account a using (account_id) where (l.rule_set_id, l.entry_no) = (e.rule_set_id, e.entry_no) and l.is_debit),
      'credit', (select jsonb_agg(jsonb_build_object('account', a.code, 'share', l.share::text, 'control', l.is_control) order by l.line_no)
                  from books.rule_line l join books.account a using (account_id) where (l.rule_set_id, l.entry_no) = (e.rule_set_id, e.entry_no) and not l.is_debit)
      ) order by e.entry_no) from books.rule_entry e where e.rule_set_id = r.rule_set_id), 2)
    from books.rule_set r join books.source s using (source) where r.ledger_id = 1`;
