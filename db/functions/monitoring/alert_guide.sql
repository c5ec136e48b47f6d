-- %s in a command is the batch, or the period where there is none.
create or replace function month_end.alert_guide()
returns table (alert text, unit text, is_low_bad boolean, meaning text, command text)
language sql
immutable
security invoker
set search_path = pg_catalog, pg_temp
as $$
  values
    ('THROUGHPUT', 'transactions/s', true,
     'The batch posts fewer transactions a second than it should: add sessions, here or elsewhere',
     './monthend service --sessions 8'),
    ('WORKER_RATE', 'transactions/s', true,
     'A session at a worker is slower than it should be: see what it waits for',
     './monthend status %s --watch'),
    ('FINISH', 'minutes', false,
     'The batch will take longer than planned: add sessions, or cancel and choose another time',
     './monthend service --sessions 8    or: ./monthend cancel %s'),
    ('WORKERS_FAILED', 'workers', false,
     'Workers have given up after an error; what they had done is kept: repair, then resume',
     './monthend resume %s'),
    ('BATCH_FAILED', 'batches', false,
     'The batch has ended without posting anything: its validation results say why',
     './monthend status %s'),
    ('VALIDATION_FAILED', 'rules', false,
     'Validation rules have failed: nothing is posted before they pass',
     './monthend status %s'),
    ('SCHEDULE_MISSED', 'runs', false,
     'A scheduled run did not take place: close the period by hand',
     './monthend close %s'),
    ('CLOSE_OVERDUE', 'days', false,
     'No period of the ledger was closed for longer than a month',
     './monthend schedule show')
$$;

comment on function month_end.alert_guide() is
  'Each alert with its unit, what it means, and the command that helps.';
revoke all on function month_end.alert_guide() from public;
grant execute on function month_end.alert_guide() to monthend_viewer;
