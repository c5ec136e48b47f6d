-- A publication goes one way: unpublished rows come, go and are published; a published one stays.
-- Raises M1009.
create or replace function ledger_data.guard_publication()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if old.is_published then
    perform month_end.raise_error('M1009', format('%s of the publication of %s', tg_op,
                                                  old.batch_id));
  end if;
  if tg_op = 'DELETE' then
    return old;
  end if;
  return new;
end
$$;

comment on function ledger_data.guard_publication() is
  'Trigger: a published batch is never unpublished or deleted; M1009.';
revoke all on function ledger_data.guard_publication() from public;

create or replace trigger guard_publication
  before update or delete on ledger_data.batch_publication
  for each row execute function ledger_data.guard_publication();
