-- Who acts: whom the API has named as monthend.actor for the request, else the login. Anybody can
-- set that; it is believed of the service's logins alone.
create or replace function month_end.actor()
returns text
language sql
stable
security invoker
set search_path = pg_catalog, pg_temp
as $$
  select case when pg_has_role(session_user, 'monthend_service', 'member')
              then coalesce(nullif(current_setting('monthend.actor', true), ''), session_user)
              else session_user end
$$;

comment on function month_end.actor() is
  'The caller that the service acts for; else the login of the session.';
revoke all on function month_end.actor() from public;
grant execute on function month_end.actor() to monthend_viewer;
