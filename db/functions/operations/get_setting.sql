create or replace function month_end.get_setting(p_name text)
returns text
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_value text;
begin
  select s.value into v_value from month_end.setting s where s.name = p_name;
  if v_value is null then
    perform month_end.raise_error('M2004', format('there is no setting %L', p_name),
      'select name from month_end.setting lists them');
  end if;
  return v_value;
end
$$;

comment on function month_end.get_setting(text) is 'Value of a setting; M2004 where it is unknown.';
revoke all on function month_end.get_setting(text) from public;
grant execute on function month_end.get_setting(text) to monthend_viewer;
