-- In the transaction that has locked the row by unsubmitted_runs.
create or replace function month_end.note_submitted(p_ledger_id integer, p_period text)
returns void
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  update month_end.scheduled_run r set submitted_at = clock_timestamp()
   where r.ledger_id = p_ledger_id and r.period = p_period
$$;

comment on function month_end.note_submitted(integer, text) is
  'Notes that a job is there for the batch of a scheduled run.';
revoke all on function month_end.note_submitted(integer, text) from public;
grant execute on function month_end.note_submitted(integer, text) to monthend_operator;
