-- One index or the statistics of a leaf. SHARE lock on the table: several sessions build its
-- indexes side by side. No helpers: the sessions have the cores, and rows that one process reads
-- come in the order of their numbers, which is half the sort. The build of a key is the check that
-- no number is stored twice. Statistics of 9,000 rows: columns of a month have few values or one
-- each, and those of 30,000 read nearly every page. Raises M2006.
create or replace function month_end.run_leaf_task(p_leaf month_end.leaf, p_task text)
returns void
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
set maintenance_work_mem = '1GB'
set max_parallel_maintenance_workers = 0
set default_statistics_target = 30
as $$
declare
  v_header text := p_leaf.header_table;
  v_line text := p_leaf.line_table;
  v_key text;
begin
  case p_task
    when 'LINE_KEY' then
      execute format('create unique index %I on ledger_data.%I (je_id, line_no, je_date)',
                     v_line || '_key', v_line);
    when 'HEADER_KEY' then
      execute format('create unique index %I on ledger_data.%I (je_id, je_date)',
                     v_header || '_key', v_header);
    when 'HEADER_DATE' then
      execute format('create index %I on ledger_data.%I (je_date)', v_header || '_date', v_header);
    when 'HEADER_REFERENCE' then
      execute format('create index %I on ledger_data.%I (reference_type, reference_id)',
                     v_header || '_reference', v_header);
    when 'LINE_STATISTICS' then
      execute format('analyze ledger_data.%I', v_line);
    when 'HEADER_STATISTICS' then
      execute format('analyze ledger_data.%I', v_header);
  end case;
exception
  when unique_violation then
    get stacked diagnostics v_key = pg_exception_detail;
    perform month_end.raise_error('M2006', format('rule NUMBERS_UNIQUE: %s in leaf %s (%s): %s',
      month_end.je_number(substring(v_key from '=\(([0-9]+)')::bigint), p_leaf.leaf_no,
      case p_task when 'LINE_KEY' then v_line else v_header end, v_key));
end
$$;

comment on function month_end.run_leaf_task(month_end.leaf, text) is
  'Builds one index of a leaf, or its statistics.';
revoke all on function month_end.run_leaf_task(month_end.leaf, text) from public;
