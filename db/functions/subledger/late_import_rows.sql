-- Rows that an import has loaded into a period that had its first batch already: the next
-- supplement posts them, and nothing does where the period is LOCKED. Usually there are none.
create or replace function subledger.late_import_rows(p_import_id bigint, p_source smallint)
returns jsonb
language sql
stable
security invoker
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(jsonb_agg(jsonb_build_object('period', f.period, 'state', f.state,
                                               'row_count', f.row_count) order by f.period), '[]')
    from (select p.period, p.state, count(*) as row_count
            from pg_temp.import_row r
            join books.period p on p.state <> 'OPEN'
             and r.transaction_date >= p.first_day and r.transaction_date < p.next_first_day
            join subledger.transaction t
              on t.source = p_source and t.source_id = r.source_id and t.ledger_id = p.ledger_id
             and t.import_id = p_import_id and t.import_line = r.line_no
           where r.rule is null
           group by p.period, p.state) f
$$;

comment on function subledger.late_import_rows(bigint, smallint) is
  'Loaded or corrected rows of an import by period that is open no more.';
revoke all on function subledger.late_import_rows(bigint, smallint) from public;
