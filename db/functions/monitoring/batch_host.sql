-- The same for the machine. Its label says whose machine it is.
create or replace view month_end.batch_host as
  select m.batch_no, b.sampled_at, b.host ->> 'label' as label, b.host ->> 'name' as name,
         round(100 * r.cpu_busy / nullif(r.cpu_total, 0), 1) as cpu_percent,
         round(100 * (1 - (b.host ->> 'memory_available')::numeric
                          / nullif((b.host ->> 'memory_total')::numeric, 0)), 1) as memory_percent,
         (b.host ->> 'memory_total')::numeric as memory_bytes,
         round(r.disk_read / r.seconds) as disk_read_bytes_per_second,
         round(r.disk_written / r.seconds) as disk_written_bytes_per_second,
         (b.host ->> 'disk_free')::numeric as disk_free_bytes,
         round(r.received / r.seconds) as network_received_bytes_per_second,
         round(r.sent / r.seconds) as network_sent_bytes_per_second
    from month_end.staging_month_end_master m
   cross join lateral (
      select s.* from month_end.batch_sample s where s.batch_no = m.batch_no
       order by s.sampled_at desc limit 1) b
   cross join lateral (
      select s.sampled_at from month_end.batch_sample s where s.batch_no = m.batch_no
       order by s.sampled_at limit 1) f
    left join lateral (
      select s.* from month_end.batch_sample s
       where b.host is not null and s.batch_no = m.batch_no and s.sampled_at < b.sampled_at
         and s.sampled_at <= greatest(f.sampled_at, b.sampled_at - interval '4 seconds')
         and s.host ->> 'name' = b.host ->> 'name'
       order by s.sampled_at desc limit 1) a on true
   cross join lateral (
      select extract(epoch from b.sampled_at - a.sampled_at) as seconds,
             (b.host ->> 'cpu_busy')::numeric - (a.host ->> 'cpu_busy')::numeric as cpu_busy,
             (b.host ->> 'cpu_total')::numeric - (a.host ->> 'cpu_total')::numeric as cpu_total,
             (b.host ->> 'disk_read')::numeric - (a.host ->> 'disk_read')::numeric as disk_read,
             (b.host ->> 'disk_written')::numeric - (a.host ->> 'disk_written')::numeric
               as disk_written,
             (b.host ->> 'received')::numeric - (a.host ->> 'received')::numeric as received,
             (b.host ->> 'sent')::numeric - (a.host ->> 'sent')::numeric as sent) r
   where b.host is not null;

comment on view month_end.batch_host is
  'Processor, memory, disk and network as the last sample of a batch saw them; no row: unknown.';
grant select on month_end.batch_host to monthend_viewer, monthend_auditor;
