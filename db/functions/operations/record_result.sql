-- One validation rule's result. A repeated phase replaces what its first try had written: its
-- caller deletes the stage's rows first. A WARN stops nothing. (Callers can't say that themselves:
-- `record_result(…) or true` is folded to true, and the row is never written.)
create or replace function month_end.record_result(
  p_batch_no integer, p_stage text, p_rule text, p_is_good boolean,
  p_expected text default null, p_actual text default null, p_detail text default null,
  p_severity text default 'FAIL', p_worker_id integer default null)
returns boolean
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into month_end.batch_validation_results
    (batch_no, stage, worker_id, rule, status, expected, actual, detail)
  values (p_batch_no, p_stage, p_worker_id, p_rule,
          case when p_is_good then 'PASS' else p_severity end, p_expected, p_actual, p_detail);
  return p_is_good is true or p_severity = 'WARN';
end
$$;

comment on function month_end.record_result(
  integer, text, text, boolean, text, text, text, text, integer) is
  'Writes the result of a validation rule and returns whether the batch may go on.';
revoke all on function month_end.record_result(
  integer, text, text, boolean, text, text, text, text, integer) from public;
