-- Writes the counts of an import; the table's check holds their sum against the lines. A repeat is
-- taken away again, and the import that had read the file before is returned.
create or replace function subledger.finish_import(
  p_import_id bigint, p_earlier_id bigint, p_is_repeat boolean, p_line_count bigint,
  p_loaded bigint, p_unchanged bigint, p_corrected bigint, p_conflict bigint, p_rejected bigint)
returns bigint
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
begin
  update subledger.import i
     set line_count = p_line_count, loaded_count = p_loaded, unchanged_count = p_unchanged,
         corrected_count = p_corrected, conflict_count = p_conflict, rejected_count = p_rejected,
         finished_at = clock_timestamp()
   where i.import_id = p_import_id;
  if p_is_repeat then
    delete from subledger.import_reject r where r.import_id = p_import_id;
    delete from subledger.import i where i.import_id = p_import_id;
    return p_earlier_id;
  end if;
  perform month_end.record_audit('import', (select format('%s (%s)', i.import_id, i.file_name)
      from subledger.import i where i.import_id = p_import_id), 'LOADED', jsonb_build_object(
    'lines', p_line_count, 'loaded', p_loaded, 'unchanged', p_unchanged,
    'corrected', p_corrected, 'rejected', p_rejected));
  return p_import_id;
end
$$;

comment on function subledger.finish_import(
  bigint, bigint, boolean, bigint, bigint, bigint, bigint, bigint, bigint) is
  'Writes the counts of an import, or takes a repeat away again.';
revoke all on function subledger.finish_import(
  bigint, bigint, boolean, bigint, bigint, bigint, bigint, bigint, bigint) from public;
