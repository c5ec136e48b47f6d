-- Trigger of leaves, scope partitions and balances, and of the audit log. Rows of a batch that was
-- never published may be deleted, by their owner: that is how a cancelled supplement leaves the
-- tail leaf. Into an attached bulk leaf nothing is inserted any more, into a tail leaf nothing of a
-- published batch.
-- Raises M1009.
create or replace function ledger_data.refuse_change()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  -- apart from the next condition: tables with statement triggers alone have no batch_no
  if tg_level = 'ROW' and tg_op <> 'UPDATE' then
    if not exists (select from ledger_data.batch_publication b
                    where b.batch_no = coalesce(new.batch_no, old.batch_no) and b.is_published) then
      return coalesce(new, old);
    end if;
  end if;
  perform month_end.raise_error('M1009', format('%s of %I.%I', tg_op, tg_table_schema,
                                                tg_table_name));
  return null;
end
$$;

comment on function ledger_data.refuse_change() is
  'Trigger: refuses every change of what is posted; M1009.';
revoke all on function ledger_data.refuse_change() from public;

create or replace trigger posted_rows_stay
  before update or delete on ledger_data.account_balance
  for each row execute function ledger_data.refuse_change();
create or replace trigger posted_table_stays
  before truncate on ledger_data.account_balance
  for each statement execute function ledger_data.refuse_change();
create or replace trigger posted_table_stays
  before truncate on ledger_data.batch_publication
  for each statement execute function ledger_data.refuse_change();
-- sessions write into the leaves themselves: nothing comes in through the parents
create or replace trigger posted_table_stays
  before insert or truncate on ledger_data.journal_entry_header
  for each statement execute function ledger_data.refuse_change();
create or replace trigger posted_table_stays
  before insert or truncate on ledger_data.journal_entry_line
  for each statement execute function ledger_data.refuse_change();
create or replace trigger posted_table_stays
  before truncate on month_end.scope
  for each statement execute function ledger_data.refuse_change();

-- it only grows
create or replace trigger audit_log_is_append_only before update or delete or truncate
  on month_end.audit_log for each statement execute function ledger_data.refuse_change();
