-- Disk and lock-table room for the batch. SQL can't see the free bytes of a disk: a caller on the
-- database host gives them; without them the rule is a WARN with the bytes that will be needed.
-- Locks: a batch holds at most its leaves, their indexes and the parents in one transaction.
create or replace function month_end.check_room(
  p_batch month_end.staging_month_end_master, p_free_bytes bigint)
returns boolean
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
declare
  v_period books.period;
  v_rows bigint;
  v_needed_bytes bigint;
  v_locks bigint := current_setting('max_locks_per_transaction')::bigint
    * (current_setting('max_connections')::bigint
       + current_setting('max_prepared_transactions')::bigint);
  v_locks_held bigint;
begin
  select * into strict v_period from books.period p
   where p.ledger_id = p_batch.ledger_id and p.period = p_batch.period;
  -- by EXECUTE, as a SELECT INTO would not be read in parallel
  execute $sql$
    select count(*) from subledger.transaction t
     where t.ledger_id = $1 and t.transaction_date >= $2 and t.transaction_date < $3
    $sql$ into v_rows using v_period.ledger_id, v_period.first_day, v_period.next_first_day;
  v_needed_bytes := v_rows * month_end.get_setting('bytes_per_transaction')::bigint;
  select count(*) into v_locks_held from pg_locks l where not l.fastpath;
  return (select bool_and(x.is_good) from (values
    (month_end.record_result(p_batch.batch_no, 'PREFLIGHT', 'DISK_ROOM',
       p_free_bytes is not null and p_free_bytes >= v_needed_bytes,
       v_needed_bytes || ' bytes', coalesce(p_free_bytes || ' bytes', 'not known to SQL'), null,
       case when p_free_bytes is null then 'WARN' else 'FAIL' end)),
    (month_end.record_result(p_batch.batch_no, 'PREFLIGHT', 'LOCK_ROOM',
       v_locks - v_locks_held >= 500, '500 free', (v_locks - v_locks_held)::text,
       'raise max_locks_per_transaction and restart the server'))) x(is_good));
end
$$;

comment on function month_end.check_room(month_end.staging_month_end_master, bigint) is
  'Pre-flight rules over disk and lock-table room; one result row each.';
revoke all on function month_end.check_room(month_end.staging_month_end_master, bigint) from public;
