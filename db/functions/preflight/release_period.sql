-- Gives the period back when a batch ends without a commit.
create or replace function month_end.release_period(p_batch month_end.staging_month_end_master)
returns void
language sql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
  update books.period set state = case when p_batch.is_supplement then 'CLOSED' else 'OPEN' end
   where ledger_id = p_batch.ledger_id and period = p_batch.period and state = 'CLOSING'
$$;

comment on function month_end.release_period(month_end.staging_month_end_master) is
  'Puts the period of a batch that ends without a commit back into its state before.';
revoke all on function month_end.release_period(month_end.staging_month_end_master) from public;
