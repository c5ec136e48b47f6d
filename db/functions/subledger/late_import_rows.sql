-- Rows that an import has loaded into a period that had its first batch already: the next
-- supplement posts them, and nothing does where the period is LOCKED. Usually there are none.
create or replace function subledger.late_import_rows(p_import_id bigint, p_source smallint)
returns jsonb
language plpgsql
stable
security invoker
set search_path = pg_catalog, pg_temp
as $$
declare
  v_first date;
  v_last date;
begin
  select min(r.transaction_date), max(r.transaction_date) into v_first, v_last
    from pg_temp.import_row r where r.rule is null;
  if not exists (select from books.period p
                  where p.state <> 'OPEN' and p.next_first_day > v_first and p.first_day <= v_last)
  then
    return '[]';
  end if;
  return (
    select coalesce(jsonb_agg(jsonb_build_object('ledger_id', f.ledger_id, 'period', f.period,
                                                 'state', f.state, 'row_count', f.row_count)
                              order by f.ledger_id, f.period), '[]')
      from (select p.ledger_id, p.period, p.state, count(*) as row_count
              from pg_temp.import_row r
              join books.period p on p.state <> 'OPEN'
               and r.transaction_date >= p.first_day and r.transaction_date < p.next_first_day
              join subledger.transaction t
                on t.source = p_source and t.source_id = r.source_id and t.ledger_id = p.ledger_id
               and t.import_id = p_import_id and t.import_line = r.line_no
             where r.rule is null
             group by p.ledger_id, p.period, p.state) f);
end
$$;

comment on function subledger.late_import_rows(bigint, smallint) is
  'Loaded or corrected rows of an import by period that is open no more.';
revoke all on function subledger.late_import_rows(bigint, smallint) from public;
