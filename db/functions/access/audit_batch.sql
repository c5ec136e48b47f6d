-- Each state of a batch, with who brought it there: the key or the token that the API has named,
-- else the login of the session, be it a job's, a command's or psql's. Writes audit_log.
create or replace function month_end.audit_batch()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op = 'INSERT' or new.status <> old.status then
    perform month_end.record_audit('batch', format('%s/%s attempt %s', new.ledger_id, new.batch_id,
                                                   new.attempt), new.status);
  end if;
  return null;
end
$$;

comment on function month_end.audit_batch() is
  'Trigger: keeps who brought a batch into which state.';
revoke all on function month_end.audit_batch() from public;

create or replace trigger batch_is_audited after insert or update of status
  on month_end.staging_month_end_master for each row execute function month_end.audit_batch();
