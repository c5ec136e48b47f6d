-- Disk and lock-table room for the batch. SQL can't see the free bytes of a disk: a caller on the
-- database host gives them; without them the rule is a WARN with the bytes that will be needed.
-- The scope is written by then, a twentieth of it. Locks, as counted: dropping a leaf takes 50, for
-- its tables, indexes, constraints, triggers and types; a chunk takes 62, of which a session keeps
-- 16 to itself. So 50 for each leaf and for each session that the batch shall have.
create or replace function month_end.check_room(
  p_batch month_end.staging_month_end_master, p_free_bytes bigint)
returns boolean
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
declare
  v_needed_bytes bigint;
  v_locks bigint := current_setting('max_locks_per_transaction')::bigint
    * (current_setting('max_connections')::bigint
       + current_setting('max_prepared_transactions')::bigint);
  v_locks_held bigint;
  v_locks_needed bigint;
begin
  select m.scope_count * month_end.get_setting('bytes_per_transaction')::bigint into v_needed_bytes
    from month_end.staging_month_end_master m where m.batch_no = p_batch.batch_no;
  select count(*) into v_locks_held from pg_locks l where not l.fastpath;
  select 50 * (case when p_batch.is_supplement then 1 else least(8, ceil(
             coalesce(sum(c.entry_count), 0) / month_end.get_setting('leaf_entries')::numeric)) end
         + least(current_setting('max_connections')::bigint, coalesce(
             (select c.sessions from month_end.batch_scale c where c.batch_no = p_batch.batch_no),
             p_batch.requested_workers)))
    into v_locks_needed
    from month_end.batch_control c where c.batch_no = p_batch.batch_no;
  return (select bool_and(x.is_good) from (values
    (month_end.record_result(p_batch.batch_no, 'PREFLIGHT', 'DISK_ROOM',
       p_free_bytes is not null and p_free_bytes >= v_needed_bytes,
       v_needed_bytes || ' bytes', coalesce(p_free_bytes || ' bytes', 'not known to SQL'), null,
       case when p_free_bytes is null then 'WARN' else 'FAIL' end)),
    (month_end.record_result(p_batch.batch_no, 'PREFLIGHT', 'LOCK_ROOM',
       v_locks - v_locks_held >= v_locks_needed, v_locks_needed || ' free',
       (v_locks - v_locks_held)::text,
       'raise max_locks_per_transaction and restart the server'))) x(is_good));
end
$$;

comment on function month_end.check_room(month_end.staging_month_end_master, bigint) is
  'Pre-flight rules over disk and lock-table room; one result row each.';
revoke all on function month_end.check_room(month_end.staging_month_end_master, bigint) from public;
