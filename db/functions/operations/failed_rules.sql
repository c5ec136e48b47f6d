create or replace function month_end.failed_rules(
  p_batch_id text, p_ledger_id integer default 1)
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(string_agg(distinct format('%s%s (expected %s, found %s)', r.rule,
           ' of worker ' || r.worker_id, coalesce(r.expected, '-'), coalesce(r.actual, '-')), '; '),
           'no rule')
    from month_end.batch_validation_results r
   where r.batch_no = (month_end.find_batch(p_batch_id, p_ledger_id)).batch_no
     and r.status = 'FAIL'
$$;

comment on function month_end.failed_rules(text, integer) is
  'The rules that failed in a batch with their figures, as one text.';
revoke all on function month_end.failed_rules(text, integer) from public;
grant execute on function month_end.failed_rules(text, integer) to monthend_viewer;
