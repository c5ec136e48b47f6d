-- One entry down to the source row and the line of the file that it came from. The number is read
-- first: in the query itself it would not be, where no entry is stored. Raises M2004.
create or replace function month_end.show_entry(p_je_number text)
returns jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_je_id bigint := month_end.parse_je_number(p_je_number);
begin
  return (
    select jsonb_build_object(
      'je_number', h.je_number, 'je_date', h.je_date, 'period', h.period, 'batch_id', h.batch_id,
      'entry_code', h.entry_code, 'description', h.description, 'rule_version', h.rule_version,
      'product_code', h.product_code, 'cost_center', h.cost_center, 'currency', h.currency,
      'posted_at', h.posted_at,
      'lines', (select jsonb_agg(jsonb_build_object('line_no', l.line_no, 'account_code',
                  l.account_code, 'account_name', l.account_name, 'debit',
                  month_end.money_text(l.debit, u.minor_unit), 'credit',
                  month_end.money_text(l.credit, u.minor_unit)) order by l.line_no)
                  from ledger.journal_entry_line l where l.je_id = h.je_id),
      'source', jsonb_build_object('type', h.reference_type, 'id', h.reference_id,
         'amount', month_end.money_text(s.amount, u.minor_unit), 'row', t.original),
      'import', case when i.import_id is not null then jsonb_build_object('import_id', i.import_id,
         'file_name', i.file_name, 'line', t.import_line, 'sha256', i.sha256,
         'imported_at', i.finished_at) end)
      from ledger.journal_entry_header h
      join books.source c on c.code = h.reference_type
      join books.currency u on u.code = h.currency
      left join month_end.scope s on s.batch_no = h.batch_no and s.source = c.source
                                 and s.source_id = h.reference_id
      left join subledger.transaction t on t.source = c.source and t.source_id = h.reference_id
      left join subledger.import i on i.import_id = t.import_id
     where h.je_id = v_je_id);
end
$$;

comment on function month_end.show_entry(text) is
  'A committed entry as JSON, with lines, source row and import line; null where there is none.';
revoke all on function month_end.show_entry(text) from public;
grant execute on function month_end.show_entry(text) to monthend_viewer;
