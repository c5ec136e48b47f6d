-- Rejected by a batch, posted or set aside by none.
create or replace function subledger.is_correctable(p_source smallint, p_source_id text)
returns boolean
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select exists (select from subledger.rejected_transaction r
                  where r.source = p_source and r.source_id = p_source_id)
     and not exists (select from month_end.scope s
                      where s.source = p_source and s.source_id = p_source_id)
     and not exists (select from subledger.set_aside_transaction a
                      where a.source = p_source and a.source_id = p_source_id)
$$;

comment on function subledger.is_correctable(smallint, text) is
  'Whether a source row was rejected and may still be corrected.';
revoke all on function subledger.is_correctable(smallint, text) from public;
grant execute on function subledger.is_correctable(smallint, text) to monthend_operator;
