-- Adds up a frozen scope, once: number allocation makes the chunks of what is stored here, and
-- control_figures counts with it. So the length of the chunks is decided here: as many chunks for
-- each worker, none larger than asked; 768 = 256 * 3: chunks of three-entry transactions then end
-- where a block of the digest ends. p_entries: of the whole scope. Writes number_run.
create or replace function month_end.cut_scope(
  p_batch month_end.staging_month_end_master, p_entries bigint)
returns void
language sql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
  insert into month_end.number_run
  select r.*
    from month_end.number_runs(p_batch.batch_no, p_entries,
           greatest(1, ceil(p_entries / (p_batch.requested_workers * greatest(1, ceil(
             p_entries::numeric / p_batch.requested_workers
               / (month_end.get_setting('chunk_transactions')::numeric * 3)))) / 768))::bigint
           * 768) r
$$;

comment on function month_end.cut_scope(month_end.staging_month_end_master, bigint) is
  'Stores what the scope of a batch comes to, in runs that become its chunks.';
revoke all on function month_end.cut_scope(month_end.staging_month_end_master, bigint) from public;
