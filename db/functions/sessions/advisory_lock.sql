-- Who is alive: the advisory locks of this database by their 64-bit key.
create or replace view month_end.advisory_lock as
  select (l.classid::bigint << 32) | l.objid::bigint as lock_key, l.pid
    from pg_locks l
    join pg_database d on d.oid = l.database and d.datname = current_database()
   where l.locktype = 'advisory' and l.objsubid = 1 and l.granted;

comment on view month_end.advisory_lock is 'Advisory locks that are held in this database.';
grant select on month_end.advisory_lock to monthend_viewer, monthend_auditor;
