-- Counters from the text of /proc/stat, meminfo, diskstats and net/dev, whoever has read it. Whole
-- disks only, partitions would count twice; no loopback.
create or replace function month_end.parse_host(p_host jsonb)
returns jsonb
language sql
immutable
security invoker
set search_path = pg_catalog, pg_temp
as $$
  select jsonb_build_object('label', p_host ->> 'label', 'name', p_host ->> 'name',
      'disk_free', p_host -> 'disk_free', 'cpu_total', c.total, 'cpu_busy', c.total - c.idle,
      'memory_total', m.total, 'memory_available', m.available, 'disk_read', d.read,
      'disk_written', d.written, 'received', n.received, 'sent', n.sent)
    from (select sum(t::numeric) filter (where o <= 8) as total,
                 sum(t::numeric) filter (where o in (4, 5)) as idle
            from regexp_split_to_table(
                   substring(p_host ->> 'stat' from '^cpu +([0-9 ]+)'), ' +')
                   with ordinality s(t, o)) c
   cross join (
      select 1024 * substring(p_host ->> 'meminfo' from 'MemTotal: +(\d+)')::numeric as total,
             1024 * substring(p_host ->> 'meminfo' from 'MemAvailable: +(\d+)')::numeric
               as available) m
   cross join (
      select 512 * sum(x[1]::numeric) as read, 512 * sum(x[2]::numeric) as written
        from regexp_matches(p_host ->> 'diskstats',
               '^ *\d+ +\d+ (?:[svh]d[a-z]+|xvd[a-z]+|nvme\d+n\d+|mmcblk\d+) \d+ \d+ (\d+) \d+ '
               '\d+ \d+ (\d+) ', 'gn') x) d
   cross join (
      select sum(x[2]::numeric) as received, sum(x[3]::numeric) as sent
        from regexp_matches(p_host ->> 'net', '^ *([^:\s]+): *(\d+)(?: +\d+){7} +(\d+)', 'gn') x
       where x[1] <> 'lo') n
   where p_host is not null
$$;

comment on function month_end.parse_host(jsonb) is
  'Counters of processor, memory, disks and network from the text of /proc.';
revoke all on function month_end.parse_host(jsonb) from public;
grant execute on function month_end.parse_host(jsonb) to monthend_operator;
