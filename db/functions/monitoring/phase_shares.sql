-- Of the ledger's last three batches; where it has none, the usual ones.
create or replace function month_end.phase_shares(p_ledger_id integer)
returns table (phase smallint, share numeric)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  with last as (
    select m.batch_no from month_end.staging_month_end_master m
     where m.ledger_id = p_ledger_id and m.status = 'COMPLETED' and not m.is_supplement
     order by m.batch_no desc limit 3),
  spent as (
    select p.phase, sum(extract(epoch from p.finished_at - p.started_at)) as seconds
      from month_end.batch_phase p join last using (batch_no) group by p.phase)
  select b.phase, coalesce(s.seconds / nullif(sum(s.seconds) over (), 0), b.share)
    from month_end.phase_budgets() b left join spent s using (phase);
end
$$;

comment on function month_end.phase_shares(integer) is
  'What part of a batch''s time each phase takes, as the ledger''s last batches show.';
revoke all on function month_end.phase_shares(integer) from public;
grant execute on function month_end.phase_shares(integer) to monthend_viewer;
