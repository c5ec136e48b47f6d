set local role monthend_owner;

-- What the chunks of a batch took, kept when it ends: a cancel takes the chunks away, and a counter
-- that went back would be read as a restart.
create table month_end.ended_batch_work (
  batch_no          integer primary key references month_end.staging_month_end_master,
  chunk_counts      bigint[] not null,   -- chunks of at most month_end.chunk_bounds_ms()[i]
  chunk_count       bigint not null,
  chunk_ms          bigint not null,
  transaction_count bigint not null,
  entry_count       bigint not null,
  retried_count     bigint not null,     -- errors of chunks that were tried again
  failed_count      bigint not null      -- errors that failed a worker
);
comment on table month_end.ended_batch_work is 'What the chunks of each ended batch took.';

insert into month_end.ended_batch_work
select m.batch_no,
       array(select count(c.chunk_no)
               from unnest(array[100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000]) as le (ms)
               left join month_end.chunk c
                 on c.batch_no = m.batch_no and c.completed_at is not null and c.busy_ms <= le.ms
              group by le.ms order by le.ms),
       t.*, e.*
  from month_end.staging_month_end_master m
 cross join lateral (
   select count(*), coalesce(sum(c.busy_ms), 0), coalesce(sum(c.transaction_count), 0),
          coalesce(sum(c.entry_count), 0)
     from month_end.chunk c where c.batch_no = m.batch_no and c.completed_at is not null) t
 cross join lateral (
   select count(*) filter (where e.kind = 'WORKER_PENDING'),
          count(*) filter (where e.kind = 'WORKER_FAILED')
     from month_end.batch_event e where e.batch_no = m.batch_no) e
 where m.status = 'COMPLETED';

grant select on month_end.ended_batch_work to monthend_viewer, monthend_auditor;
