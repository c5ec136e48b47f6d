-- Last call of an import: checks the staged lines set-wise and loads the good rows, all in the
-- caller's transaction. One import of a source loads at a time (its row of books.source is locked),
-- so that imports can't deadlock and the same file twice at once is loaded once. A file that came
-- before and changes nothing leaves no trace: is_repeat, with the id of its latest import. Until
-- then it is judged row by row like any other: rows may have been deleted or become correctable.
-- Writes import, import_reject, the source table, transaction_correction. Raises M2004, M2007.
-- p_skipped: lines of the file that are no rows, by rule, such as {"header": 1}; p_mapping: how a
-- foreign layout was read. Both are kept with the import.
drop function if exists subledger.load_import(text, text, text);
create or replace function subledger.load_import(
  p_source text, p_file_name text, p_sha256 text, p_skipped jsonb default '{}',
  p_mapping jsonb default null,
  out import_id bigint, out is_repeat boolean, out line_count bigint, out loaded_count bigint,
  out unchanged_count bigint, out corrected_count bigint, out conflict_count bigint,
  out rejected_count bigint, out rejects jsonb, out late jsonb)
returns record
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set datestyle = 'ISO, YMD'
set work_mem = '128MB'
set client_min_messages = warning
as $$
declare
  v_layout record := subledger.import_layout(p_source);
  v_started timestamptz := clock_timestamp();
  v_earlier bigint;
begin
  perform subledger.check_import_started();
  perform from books.source s where s.source = v_layout.source for no key update;
  select max(i.import_id) into v_earlier from subledger.import i
   where i.source = v_layout.source and i.sha256 = p_sha256;
  line_count := (select count(*) from pg_temp.import_line);
  insert into subledger.import (source, file_name, sha256, started_at, line_count, loaded_count,
                                unchanged_count, corrected_count, conflict_count, rejected_count,
                                skipped, mapping)
  values (v_layout.source, p_file_name, p_sha256, v_started, 0, 0, 0, 0, 0, 0,
          p_skipped, p_mapping)
  returning import.import_id into import_id;
  perform subledger.judge_import_lines(cardinality(v_layout.columns));
  analyze pg_temp.import_row;
  perform subledger.keep_lines_aside(import_id, v_layout.columns);
  loaded_count := subledger.insert_import_rows(import_id, v_layout.table_name, v_layout.columns);
  corrected_count := 0;
  unchanged_count := 0;
  if exists (select from pg_temp.import_row r where r.rule is null offset loaded_count) then
    perform subledger.find_import_corrections(import_id, v_layout.source, v_layout.columns[4]);
    corrected_count := subledger.apply_import_corrections(
      import_id, v_layout.table_name, v_layout.columns);
    unchanged_count := subledger.compare_import_rows(import_id, v_layout.source);
    perform subledger.keep_conflicts_aside(import_id, v_layout.source, v_layout.columns);
  end if;
  select count(*), count(*) filter (where r.rule = 'ID_CONFLICT'),
         coalesce(jsonb_agg(jsonb_build_object('line', r.line_no, 'column', r.column_name, 'rule',
             r.rule, 'reason', r.reason, 'raw', left(r.raw, 500)) order by r.line_no)
           filter (where r.place <= 10), '[]')
    into rejected_count, conflict_count, rejects
    from (select x.*, row_number() over (order by x.line_no) as place
            from subledger.import_reject x where x.import_id = load_import.import_id) r;
  late := subledger.late_import_rows(import_id, v_layout.source);
  is_repeat := v_earlier is not null and loaded_count + corrected_count = 0;
  import_id := subledger.finish_import(import_id, v_earlier, is_repeat, line_count, loaded_count,
    unchanged_count, corrected_count, conflict_count, rejected_count);
end
$$;

comment on function subledger.load_import(text, text, text, jsonb, jsonb) is
  'Checks and loads the staged lines of a file; counts, the first lines kept aside, late rows.';
revoke all on function subledger.load_import(text, text, text, jsonb, jsonb) from public;
grant execute on function subledger.load_import(text, text, text, jsonb, jsonb)
  to monthend_operator;
