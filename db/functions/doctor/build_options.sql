-- What not every build can do: offered, as none of it was measured here.
create or replace function month_end.build_options()
returns table (name text, value text, basis text)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select s.name, o.value, o.basis
    from (values
      ('wal_compression', 'zstd', 1, 'less WAL for more processor time; this build has zstd'),
      ('wal_compression', 'lz4', 2, 'less WAL for a little processor time; this build has lz4'),
      ('io_method', 'io_uring', 1, 'this build has io_uring; the kernel has to allow it'),
      ('io_method', 'worker', 2, 'this build has no io_uring; io_workers: about a quarter of the'
       ' cores')) o(name, value, place, basis)
    join pg_settings s on s.name = o.name and o.value = any (s.enumvals)
   where not exists (select from pg_settings b
                      where b.name = o.name and o.place = 2
                        and b.enumvals && array['zstd', 'io_uring'])
  union all
  select 'wal_compression', 'pglz', 'this build has neither lz4 nor zstd; pglz is slow'
   where not exists (select from pg_settings s
                      where s.name = 'wal_compression' and s.enumvals && array['lz4', 'zstd'])
$$;

comment on function month_end.build_options() is
  'Settings that this server''s build offers: compression of WAL, the way of reading.';
revoke all on function month_end.build_options() from public;
grant execute on function month_end.build_options() to monthend_viewer;
