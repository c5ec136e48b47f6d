-- What the server of a close should have, on a machine and for a volume; pgtune is its profile for
-- data warehouses. Where the machine is not known, what depends on it is left out. Rules: `least`
-- is met by anything above, `about` from a quarter to fourfold, `is` exactly; `option` is written,
-- not asked for, `choice` only offered. 4 kB of WAL a transaction: a close writes 1.8, and half of
-- it starts a checkpoint.
create or replace function month_end.recommended_settings(
  p_memory_bytes bigint default null, p_cores integer default null, p_disk text default 'ssd',
  p_transactions bigint default 10000000)
returns table (name text, value text, rule text, severity text, basis text)
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  with machine as (
    select trunc(p_memory_bytes / 1048576.0) as mb, c.*,
           greatest(1, least(10, ceil(p_transactions * 4096.0 / 1073741824))) * 1024 as wal_mb
      from (select) always
      left join lateral (
        select least(32, greatest(8, p_cores * 2)) as processes,
               least(24, greatest(2, p_cores)) as parallel,
               least(8, greatest(1, p_cores / 2)) as gather
         where p_cores is not null) c on true),
  wanted (name, mb, value, rule, severity, basis) as (
    select w.*
      from machine m
     cross join lateral (values
    ('max_connections', null, '250', 'least', 'note',
     'spec: 100 workers, 50 for monitoring, the rest in reserve'),
    ('max_locks_per_transaction', null, '256', 'least', 'note',
     'a statement over all months locks each leaf and its indexes'),
    ('shared_buffers', trunc(m.mb / 4), null, 'about', 'warning',
     'spec, pgtune: a quarter of memory'),
    ('effective_cache_size', trunc(m.mb * 3 / 4), null, 'about', 'note',
     'spec, pgtune: three quarters of memory'),
    ('work_mem', trunc(m.mb * 3 / 4 / ((250 + m.processes) * 6)) + 1, null, 'option', 'note',
     'pgtune: memory less buffers / ((connections + processes) * 6); a close sets 256MB'),
    ('maintenance_work_mem', case when m.mb > 0 then least(2048, trunc(m.mb / 8)) end, null,
     'about', 'note', 'pgtune: an eighth of memory; spec: 2GB'),
    ('huge_pages', null, case when m.mb >= 32768 then 'try' end, 'option', 'note',
     'pgtune: from 32GB of memory on; see shared_memory_size_in_huge_pages'),
    ('wal_buffers', 16, null, 'least', 'note', 'spec, pgtune: 3 % of the buffers, at most 16MB'),
    ('wal_level', null, 'replica', 'option', 'note', 'point-in-time recovery needs it'),
    ('fsync', null, 'on', 'option', 'note', 'nothing committed is lost'),
    ('full_page_writes', null, 'on', 'option', 'note', 'nothing committed is torn'),
    ('synchronous_commit', null, 'on', 'option', 'note', 'nothing committed is lost'),
    ('checkpoint_timeout', null, '15min', 'least', 'note', 'few checkpoints during a close'),
    ('checkpoint_completion_target', null, '0.9', 'least', 'note', 'spec, pgtune'),
    ('max_wal_size', m.wal_mb, null, 'about', 'warning', 'spec: 10GB; less for small volumes'),
    ('min_wal_size', trunc(m.wal_mb / 5), null, 'option', 'note', 'spec: 2GB, a fifth of the most'),
    ('max_worker_processes', null, m.processes::text, 'least', 'note',
     'spec: 32; two a core on smaller machines'),
    ('max_parallel_workers', null, m.parallel::text, 'least', 'note',
     'spec: 24; pgtune: cores'),
    ('max_parallel_workers_per_gather', null, m.gather::text, 'least', 'note',
     'spec: 8; pgtune: half the cores'),
    ('max_parallel_maintenance_workers', null, m.gather::text, 'option',
     'note', 'pgtune: half the cores'),
    ('parallel_setup_cost', null, '100', 'is', 'note', 'spec'),
    ('parallel_tuple_cost', null, '0.01', 'is', 'note', 'spec'),
    ('random_page_cost', null, case p_disk when 'hdd' then '4' else '1.1' end, 'choice', 'note',
     'pgtune, by the disk; not measured with a close'),
    ('effective_io_concurrency', null, case p_disk when 'hdd' then '2' else '200' end, 'option',
     'note', 'pgtune, by the disk; spec: 200 while a batch runs'),
    ('jit', null, 'off', 'is', 'note', 'statements are many and short: compiling costs more'),
    ('autovacuum_max_workers', null, '4', 'least', 'note', 'spec'),
    ('autovacuum_naptime', null, '10s', 'is', 'note', 'spec'),
    ('log_min_duration_statement', null, '1s', 'is', 'note', 'spec'),
    ('log_checkpoints', null, 'on', 'is', 'note', 'spec'),
    ('log_connections', null, 'on', 'option', 'note', 'spec'),
    ('log_disconnections', null, 'on', 'is', 'note', 'spec'),
    ('log_line_prefix', null, '%m [%p] %l %u@%d %a %h ', 'option', 'note',
     'spec: time, process, line, user, database, application, client'))
      w(name, mb, value, rule, severity, basis))
  select w.name, coalesce(w.value, case when w.mb % 1024 = 0 then trunc(w.mb / 1024) || 'GB'
                                        else w.mb || 'MB' end),
         w.rule, w.severity, w.basis
    from wanted w
    join pg_settings s on s.name = w.name
   where coalesce(w.value, w.mb::text) is not null
   order by w.rule = 'choice', w.name
$$;

comment on function month_end.recommended_settings(bigint, integer, text, bigint) is
  'Server settings for a machine (memory, cores, ssd or hdd) and the transactions of a month.';
revoke all on function month_end.recommended_settings(bigint, integer, text, bigint) from public;
grant execute on function month_end.recommended_settings(bigint, integer, text, bigint)
  to monthend_viewer;
