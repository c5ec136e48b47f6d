-- Headers of a worker as stored: as many as numbers, all of this batch, and by source and currency
-- as its scope rows say (p_scope: worker_scope). Their key is unique, so the count in the range
-- proves that none is missing.
create or replace function month_end.check_worker_headers(
  p_batch_no integer, p_worker_id integer, p_scope jsonb)
returns boolean
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
declare
  v_range record;
  v_found jsonb := '[]';
  v_some jsonb;
  v_headers bigint;
  v_expected bigint;
  v_differing bigint;
begin
  for v_range in select * from month_end.worker_ranges(p_batch_no, p_worker_id) loop
    execute format($sql$
      select coalesce(jsonb_agg(x), '[]')
        from (select h.batch_no, h.reference_type, h.currency_id, count(*) as headers
                from ledger_data.%I h
               where h.je_id >= $1 and h.je_id < $2
               group by h.batch_no, h.reference_type, h.currency_id) x
      $sql$, v_range.header_table)
      into v_some using v_range.first_je_id, v_range.end_je_id;
    v_found := v_found || v_some;
  end loop;
  select coalesce(sum(x.headers) filter (where x.batch_no = p_batch_no), 0)
           - coalesce(sum(x.headers) filter (where x.batch_no <> p_batch_no), 0)
    into v_headers
    from jsonb_to_recordset(v_found) x(batch_no integer, headers bigint);
  select sum(c.entry_count) into v_expected
    from month_end.chunk c where c.batch_no = p_batch_no and c.worker_id = p_worker_id;
  select count(*) into v_differing
    from (select x.reference_type as source, x.currency_id, sum(x.headers) as headers
            from jsonb_to_recordset(v_found)
                 x(reference_type smallint, currency_id smallint, headers bigint)
           group by x.reference_type, x.currency_id) stored
    full join jsonb_to_recordset(p_scope)
              scope(source smallint, currency_id smallint, entries numeric)
      using (source, currency_id)
   where stored.headers is distinct from scope.entries;
  return (select bool_and(x.is_good) from (values
    (month_end.record_result(p_batch_no, 'WORKER', 'NUMBERS_WITHOUT_GAP', v_headers = v_expected,
       v_expected || ' headers', v_headers || ' headers, those of other batches subtracted', null,
       'FAIL', p_worker_id)),
    (month_end.record_result(p_batch_no, 'WORKER', 'HEADERS_AS_SCOPE', v_differing = 0,
       '0 sources differ', v_differing || ' differ', 'by source and currency', 'FAIL',
       p_worker_id))) x(is_good));
end
$$;

comment on function month_end.check_worker_headers(integer, integer, jsonb) is
  'Validates the stored headers of a worker against its numbers and its scope.';
revoke all on function month_end.check_worker_headers(integer, integer, jsonb) from public;
