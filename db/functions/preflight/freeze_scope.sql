-- Copies the fit rows that no batch has posted, narrow and ordered, into the batch's partition of
-- month_end.scope: from here on the only source. Made by CREATE TABLE AS, which reads and sorts in
-- parallel. How many rows are fit can't be estimated, and a nested loop chosen by a wrong guess
-- takes minutes where hash joins take seconds; so there are none here. Ordered by source, date and
-- id; the first two as one number, which spares the sort a third comparison of nearly all rows.
-- It is read by ranges of offsets, in whose order its pages are: a BRIN index and few statistics
-- are enough for that.
-- Writes month_end.scope_<batch_no>; returns how many entries it will make.
drop function if exists month_end.freeze_scope(
  month_end.staging_month_end_master, books.period);

create or replace function month_end.freeze_scope(
  p_batch month_end.staging_month_end_master, p_period books.period)
returns bigint
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
set work_mem = '256MB'
set enable_nestloop = off
set enable_mergejoin = off
set default_statistics_target = 1
as $$
declare
  v_table text := 'scope_' || p_batch.batch_no;
  v_each smallint;
  v_entries bigint;
begin
  -- the prefix sum of the entry counts; where all are alike, a row number does, in half the time
  select case when min(r.entry_count) = max(r.entry_count) then min(r.entry_count) end
    into v_each
    from books.rule_set r
   where r.ledger_id = p_batch.ledger_id and r.valid_from < p_period.next_first_day
     and (r.valid_to is null or r.valid_to > p_period.first_day);
  execute format($sql$
    create table month_end.%I as
    select %L::integer as batch_no, t.source, t.source_id, t.transaction_date,
           %s as entry_offset,
           t.entry_count, t.rule_set_id, t.product_id, t.cost_center_id, t.currency_id, t.amount,
           null::date as origin_date
      from month_end.transaction_check t
     where t.ledger_id = %L and t.transaction_date >= %L and t.transaction_date < %L
       and t.rule is null
       and not exists (select from month_end.scope s
                        where s.source = t.source and s.source_id = t.source_id)
       and not exists (select from subledger.set_aside_transaction a
                        where a.source = t.source and a.source_id = t.source_id)
    window scope_order as (order by t.source * 100000 + (t.transaction_date - date '2000-01-01'),
                           t.source_id rows unbounded preceding)
    $sql$, v_table, p_batch.batch_no,
    case when v_each is null then 'sum(t.entry_count) over scope_order - t.entry_count'
         else format('(row_number() over scope_order - 1) * %s', v_each) end,
    p_batch.ledger_id, p_period.first_day, p_period.next_first_day);
  get diagnostics v_entries = row_count;
  v_entries := v_entries * v_each;
  execute format($sql$
    alter table month_end.%I
      add constraint batch_no_is check (batch_no = %L),
      alter batch_no set not null, alter source set not null, alter source_id set not null,
      alter transaction_date set not null, alter entry_offset set not null,
      alter entry_count set not null, alter rule_set_id set not null,
      alter product_id set not null, alter cost_center_id set not null,
      alter currency_id set not null, alter amount set not null
    $sql$, v_table, p_batch.batch_no);
  -- the proof that nothing is posted twice; the id first, as it alone decides most comparisons
  execute format('create unique index on month_end.%I (source_id, source)', v_table);
  execute format('create index on month_end.%I using brin (entry_offset)
                    with (pages_per_range = 16)', v_table);
  execute format('analyze month_end.%I', v_table);
  if v_each is null then
    execute format('select coalesce(max(entry_offset + entry_count), 0) from month_end.%I',
                   v_table) into v_entries;
  end if;
  perform month_end.guard_posted_rows('month_end', v_table);
  execute format('alter table month_end.scope attach partition month_end.%I for values in (%L)',
                 v_table, p_batch.batch_no);
  return v_entries;
end
$$;

comment on function month_end.freeze_scope(month_end.staging_month_end_master, books.period) is
  'Copies the fit transactions of a batch into its partition of the scope.';
revoke all on function month_end.freeze_scope(month_end.staging_month_end_master, books.period)
  from public;
