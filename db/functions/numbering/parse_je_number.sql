-- Raises M2004.
create or replace function month_end.parse_je_number(p_je_number text)
returns bigint
language plpgsql
immutable
security invoker
set search_path = pg_catalog, pg_temp
as $$
declare
  v_parts text[] := regexp_match(p_je_number,
    '^JE-([0-9]{1,3})-([0-9]{4})-([0-9]{2})-([0-9]{10})$');
begin
  -- beyond ledger 900 a je_id is no bigint
  if v_parts is null or v_parts[1]::integer not between 1 and 900 then
    perform month_end.raise_error('M2004', format('entry number %L', p_je_number),
      'An entry number looks like JE-1-2003-01-0000000001');
  end if;
  return month_end.je_id(v_parts[1]::smallint, v_parts[2] || '-' || v_parts[3], v_parts[4]::bigint);
end
$$;

comment on function month_end.parse_je_number(text) is
  'je_id of an entry number as people write it; M2004 where it is none.';
revoke all on function month_end.parse_je_number(text) from public;
grant execute on function month_end.parse_je_number(text) to monthend_viewer;
