-- The month's partitions of headers and lines, made empty and attached: SHARE UPDATE EXCLUSIVE on
-- the parents, which waits for no reader. Does nothing where they are there.
create or replace function month_end.make_month(p_ledger_id integer, p_period text)
returns void
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
declare
  v_period books.period;
  v_parent text;
  v_month text;
begin
  select * into strict v_period from books.period p
   where p.ledger_id = p_ledger_id and p.period = p_period;
  -- two ledgers may close the same month at once
  perform pg_advisory_xact_lock(hashtextextended('month_end.make_month', 0));
  foreach v_parent in array array['journal_entry_header', 'journal_entry_line'] loop
    v_month := v_parent || '_' || replace(p_period, '-', '_');
    continue when to_regclass(format('ledger_data.%I', v_month)) is not null;
    execute format('create table ledger_data.%I (like ledger_data.%I including constraints)'
                   ' partition by range (je_id)', v_month, v_parent);
    execute format('create trigger posted_table_stays before insert or truncate on ledger_data.%I'
                   ' for each statement execute function ledger_data.refuse_change()', v_month);
    execute format('alter table ledger_data.%I attach partition ledger_data.%I'
                   ' for values from (%L) to (%L)',
                   v_parent, v_month, v_period.first_day, v_period.next_first_day);
  end loop;
end
$$;

comment on function month_end.make_month(integer, text) is
  'Makes and attaches the partitions of a month where they are missing.';
revoke all on function month_end.make_month(integer, text) from public;
