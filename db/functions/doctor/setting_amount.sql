-- As settings are written: 4GB, 15min, 0.9. In bytes or milliseconds, so that two can be compared.
create or replace function month_end.setting_amount(p_value text)
returns numeric
language sql
immutable
security invoker
set search_path = pg_catalog, pg_temp
as $$
  select case when p_value ~ '^-?[0-9.]+$' then p_value::numeric
              when p_value ~ '^[0-9]+ ?([kMGT]?B)$' then pg_size_bytes(p_value)
              when p_value ~ '^[0-9]+ ?(ms|s|min|h|d)$'
              then extract(epoch from p_value::interval) * 1000 end
$$;

comment on function month_end.setting_amount(text) is
  'A setting''s value in bytes or milliseconds; null where it is no amount.';
revoke all on function month_end.setting_amount(text) from public;
