-- Batches and months: what nobody works on, what was missed, what nobody will close.
create or replace function month_end.diagnose_batches()
returns table (severity text, subject text, finding text, query text, fix text)
language sql
stable
security invoker
set search_path = pg_catalog, pg_temp
as $$
  select case when exists (select from month_end.batch_session s
                            where s.batch_no = m.batch_no)
              then 'note' else 'warning' end, 'batch',
         format('%s is %s since %s', m.batch_id, m.status, date_trunc('second', m.opened_at)),
         'select * from month_end.progress; select * from month_end.batch_session',
         format('./monthend resume %s, or: ./monthend cancel %1$s',
                m.batch_id || month_end.ledger_option(m.ledger_id))
    from month_end.staging_month_end_master m
   where m.status not in ('COMPLETED', 'FAILED', 'CANCELLED')
  union all
  select 'warning', 'dead letter',
         format('%s, worker %s, chunk %s: %s %s, %s attempts', d.batch_id, d.worker_id, d.chunk_no,
                d.error_sqlstate, d.error_message, d.attempts),
         'select * from month_end.dead_letter', 'Repair it, then: ' || d.after_repair
    from month_end.dead_letter d
  union all
  select 'warning', 'schedule',
         format('the run of %s of ledger %s was %s: %s', r.period, r.ledger_id, lower(r.status),
                r.reason),
         'select * from month_end.scheduled_runs',
         format('./monthend close %s --ledger %s', r.period, r.ledger_id)
    from month_end.scheduled_run r
   where r.status in ('MISSED', 'REFUSED')
     and not exists (select from books.period p
                      where p.ledger_id = r.ledger_id and p.period = r.period
                        and p.state in ('CLOSED', 'LOCKED'))
  union all
  select 'note', 'no schedule',
         format('ledger %s is closed by hand only: its schedule is %s', l.ledger_id,
                case when s.ledger_id is null then 'not set' else 'off' end),
         'select * from month_end.schedule',
         format('./monthend schedule %s --ledger %s',
                case when s.ledger_id is null then 'set' else 'enable' end, l.ledger_id)
    from books.ledger l left join month_end.schedule s using (ledger_id)
   where not coalesce(s.is_enabled, false)
$$;

comment on function month_end.diagnose_batches() is
  'Findings about unfinished batches and schedules.';
revoke all on function month_end.diagnose_batches() from public;
