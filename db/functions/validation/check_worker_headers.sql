-- Headers of a worker as stored: as many as numbers, all of this batch, and by source and currency
-- as its scope rows say (p_scope: worker_scope). Their key is unique, so the count in the range
-- proves that none is missing. The sources and currencies of a worker are few and known; counting
-- each by a filter takes two thirds of the time of a GROUP BY. Those of any other are counted too.
create or replace function month_end.check_worker_headers(
  p_batch_no integer, p_worker_id integer, p_scope jsonb)
returns boolean
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
declare
  v_filters text;
  v_range record;
  v_found record;
  v_headers bigint := 0;
  v_strange bigint := 0;
  v_missing bigint[];
  v_expected bigint;
  v_differing bigint;
begin
  select string_agg(format('count(*) filter (where h.reference_type = %s and h.currency_id = %s)',
                           s.source, s.currency_id), ', ' order by s.source, s.currency_id),
         array_agg(s.entries order by s.source, s.currency_id)
    into v_filters, v_missing
    from jsonb_to_recordset(p_scope) s(source smallint, currency_id smallint, entries bigint);
  for v_range in select * from month_end.worker_ranges(p_batch_no, p_worker_id) loop
    execute format($sql$
      select count(*) as headers, count(*) filter (where h.batch_no <> $3) as others,
             array[%s] as by_scope
        from ledger_data.%I h
       where h.je_id >= $1 and h.je_id < $2
      $sql$, v_filters, v_range.header_table)
      into v_found using v_range.first_je_id, v_range.end_je_id, p_batch_no;
    v_headers := v_headers + v_found.headers - 2 * v_found.others;
    select array_agg(m.missing - m.found order by m.place),
           v_strange + v_found.headers - sum(m.found)
      into v_missing, v_strange
      from unnest(v_missing, v_found.by_scope) with ordinality m(missing, found, place);
  end loop;
  select sum(c.entry_count) into v_expected
    from month_end.chunk c where c.batch_no = p_batch_no and c.worker_id = p_worker_id;
  select count(*) into v_differing from unnest(v_missing || v_strange) m(n) where m.n <> 0;
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
