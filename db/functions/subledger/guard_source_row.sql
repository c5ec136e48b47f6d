-- Row trigger of the source tables for UPDATE and DELETE. It takes the row's period FOR SHARE, so
-- that the freeze (FOR UPDATE) waits for changes under way, and refuses changes from CLOSING on.
-- The one exception: a row that an ended batch rejected and none posted or set aside may be
-- corrected; before and after are kept. Inserts take no lock: a late row is the next supplement's.
-- Arguments: source, id column, date column. Writes transaction_correction, and the period where
-- it is missing: what is not there can't be locked. Raises M1008.
create or replace function subledger.guard_source_row()
returns trigger
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_source smallint := tg_argv[0]::smallint;
  v_old jsonb := to_jsonb(old);
  v_new jsonb;
  v_id text := v_old ->> tg_argv[1];
  v_ledgers smallint[] := array[old.ledger_id];
  v_months text[] := array[left(v_old ->> tg_argv[2], 7)];
  v_frozen text;
  v_is_final boolean;
  v_is_correction boolean;
begin
  if tg_op = 'UPDATE' then
    v_new := to_jsonb(new);
    if v_new ->> tg_argv[1] <> v_id then
      perform month_end.raise_error('M1008', format('%s %s would become %s', tg_argv[1], v_id,
        v_new ->> tg_argv[1]), 'The id of a transaction never changes; insert the other row');
    end if;
    v_ledgers := v_ledgers || new.ledger_id;
    v_months := v_months || left(v_new ->> tg_argv[2], 7);
  end if;
  perform books.ensure_period(x.period, x.ledger_id)
     from unnest(v_months, v_ledgers) x (period, ledger_id)
    where x.period ~ '^[0-9]{4}-[0-9]{2}$'
      and not exists (select from books.period p
                       where p.ledger_id = x.ledger_id and p.period = x.period);
  -- both months, in order, when a row moves from one to the other
  select string_agg(p.period || ', which is ' || p.state, ' and ') filter (where p.state <> 'OPEN'),
         bool_or(p.state not in ('OPEN', 'CLOSED'))
    into v_frozen, v_is_final
    from (select q.period, q.state from books.period q
           where q.ledger_id = any (v_ledgers) and q.period = any (v_months)
           order by q.ledger_id, q.period
             for share) p;
  v_is_correction := tg_op = 'UPDATE' and subledger.is_correctable(v_source, v_id);
  if v_frozen is not null and (v_is_final or not v_is_correction) then
    perform month_end.raise_error('M1008', format('%s %s of %s', tg_argv[1], v_id, v_frozen));
  end if;
  if v_is_correction then
    insert into subledger.transaction_correction (source, source_id, before, after)
    values (v_source, v_id, v_old, v_new);
  end if;
  if tg_op = 'DELETE' then
    return old;
  end if;
  return new;
end
$$;

comment on function subledger.guard_source_row() is
  'Trigger: refuses changes of source rows that a close has frozen, keeps corrections; M1008.';
revoke all on function subledger.guard_source_row() from public;

create or replace trigger guard_source_row
  before update or delete on subledger.premium_transaction
  for each row execute function subledger.guard_source_row('1', 'txn_id', 'payment_date');
create or replace trigger guard_source_row
  before update or delete on subledger.claims_transaction
  for each row execute function subledger.guard_source_row('2', 'claim_id', 'claim_date');
