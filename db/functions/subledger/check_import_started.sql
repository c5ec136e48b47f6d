-- load_import runs as the owner, and so it reads no staging table but the one that start_import
-- made: a caller's own view of that name would run the caller's code. Raises M2007.
create or replace function subledger.check_import_started()
returns void
language plpgsql
stable
security invoker
set search_path = pg_catalog, pg_temp
as $$
begin
  if not exists (select from pg_class c
                  where c.oid = to_regclass('pg_temp.import_line') and c.relkind = 'r'
                    and c.relowner = (select r.oid from pg_roles r where r.rolname = current_user))
  then
    perform month_end.raise_error('M2007');
  end if;
end
$$;

comment on function subledger.check_import_started() is
  'Refuses a staging table that start_import has not made; M2007.';
revoke all on function subledger.check_import_started() from public;
