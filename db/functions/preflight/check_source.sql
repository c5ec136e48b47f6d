-- The result rows over the classified rows: nothing unaccounted for, rejects within tolerance,
-- look-alikes counted. A repeat reject, which an earlier batch has reported, tries no tolerance.
create or replace function month_end.check_source(p_batch month_end.staging_month_end_master)
returns boolean
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
declare
  v_control record;
  v_rejects bigint;
  v_share numeric;
  v_alike bigint := month_end.count_look_alikes(p_batch);
  v_max_count bigint := month_end.get_setting('reject_tolerance_count')::bigint;
  v_max_share numeric := month_end.get_setting('reject_tolerance_share')::numeric;
begin
  select coalesce(sum(c.source_count), 0) as source_count,
         coalesce(sum(c.posted_count + c.rejected_count + c.set_aside_count), 0) as found_count,
         coalesce(bool_and(c.source_count = c.posted_count + c.rejected_count + c.set_aside_count
           and c.source_amount = c.posted_amount + c.rejected_amount), true) as is_good
    into v_control
    from month_end.batch_control c where c.batch_no = p_batch.batch_no;
  select count(*) into v_rejects from subledger.rejected_transaction r
   where r.batch_no = p_batch.batch_no and not r.is_repeat;
  v_share := round(v_rejects / greatest(v_control.source_count, 1), 6);
  return (select bool_and(x.is_good) from (values
    (month_end.record_result(p_batch.batch_no, 'PREFLIGHT', 'SOURCE_ACCOUNTED_FOR',
       v_control.is_good, v_control.source_count || ' source rows', v_control.found_count
       || ' posted, rejected or set aside', 'count and amount by source and currency')),
    (month_end.record_result(p_batch.batch_no, 'PREFLIGHT', 'REJECTS_WITHIN_TOLERANCE',
       v_rejects <= v_max_count or v_share <= v_max_share,
       format('at most %s, or a share of %s', v_max_count, v_max_share),
       format('%s, a share of %s', v_rejects, v_share))),
    (month_end.record_result(p_batch.batch_no, 'PREFLIGHT', 'NO_LOOK_ALIKES', v_alike = 0, '0',
       v_alike::text, 'equal content under another id; posted all the same', 'WARN'))) x(is_good));
end
$$;

comment on function month_end.check_source(month_end.staging_month_end_master) is
  'Pre-flight rules over the classified source rows; one result row each.';
revoke all on function month_end.check_source(month_end.staging_month_end_master) from public;
