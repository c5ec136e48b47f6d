-- How many source rows of the batch's period repeat the content of another under another id.
-- Nearly none does, and grouping every row by all its columns is the longest check of pre-flight.
-- So rows are first told apart by a hash of policy, amount and date, made and sorted in parallel:
-- by EXECUTE, as a SELECT INTO is not; with OFFSET 0, or each process would group for itself. Only
-- those that share a hash are compared in full.
create or replace function month_end.count_look_alikes(
  p_batch month_end.staging_month_end_master)
returns bigint
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
set work_mem = '256MB'
as $$
declare
  v_period books.period;
  v_hash text := 'hashtextextended(coalesce(t.policy_number, ''''), hash_numeric_extended('
                 'coalesce(t.amount, 0), t.transaction_date - date ''2000-01-01''))';
  v_hashes bigint[];
  v_alike bigint;
begin
  select * into strict v_period from books.period p
   where p.ledger_id = p_batch.ledger_id and p.period = p_batch.period;
  execute format($sql$
    select array_agg(x.hash) from (
      select r.hash
        from (select %s as hash from subledger.transaction t
               where t.ledger_id = $1 and t.transaction_date >= $2 and t.transaction_date < $3
               order by hash offset 0) r
       group by r.hash having count(*) > 1) x
    $sql$, v_hash) into v_hashes
    using v_period.ledger_id, v_period.first_day, v_period.next_first_day;
  if v_hashes is null then
    return 0;
  end if;
  execute format($sql$
    select coalesce(sum(x.n - 1), 0) from (
      select count(*) as n
        from subledger.transaction t
       where t.ledger_id = $1 and t.transaction_date >= $2 and t.transaction_date < $3
         and %s = any ($4)
       group by t.source, t.policy_number, t.product_code, t.transaction_date, t.amount,
                t.currency, t.cost_center
      having count(*) > 1) x
    $sql$, v_hash) into v_alike
    using v_period.ledger_id, v_period.first_day, v_period.next_first_day, v_hashes;
  return v_alike;
end
$$;

comment on function month_end.count_look_alikes(month_end.staging_month_end_master) is
  'Counts source rows of a batch''s period that repeat another''s content under another id.';
revoke all on function month_end.count_look_alikes(month_end.staging_month_end_master) from public;
