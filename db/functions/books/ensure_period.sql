-- Periods are made as they are needed; nothing depends on a calendar being prepared.
-- Writes books.period. Raises M2004.
create or replace function books.ensure_period(p_period text, p_ledger_id integer default 1)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if p_period is null or p_period !~ '^[0-9]{4}-(0[1-9]|1[0-2])$' or p_period < '0001' then
    perform month_end.raise_error('M2004', format('period %L', p_period),
      'A period is a month, such as 2003-01');
  end if;
  if not exists (select from books.ledger l where l.ledger_id = p_ledger_id) then
    perform month_end.raise_error('M2004', format('ledger %s', p_ledger_id),
      'select ledger_id, code from books.ledger lists them');
  end if;
  if exists (select from books.period p
              where p.ledger_id = p_ledger_id and p.period = p_period) then
    return;
  end if;
  insert into books.period (ledger_id, period, first_day, next_first_day)
  values (p_ledger_id, p_period, to_date(p_period, 'YYYY-MM'),
          (to_date(p_period, 'YYYY-MM') + interval '1 month')::date)
  on conflict do nothing;
end
$$;

comment on function books.ensure_period(text, integer) is
  'Makes the period row of a month where it is missing; M2004 for what is no month.';
revoke all on function books.ensure_period(text, integer) from public;
grant execute on function books.ensure_period(text, integer) to monthend_operator;
