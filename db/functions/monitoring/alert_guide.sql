-- In a command %1$s is the batch, or the period where there is none, %2$s the option that names its
-- ledger, %3$s what gives the batch sessions: scale, or resume where nobody works on it.
create or replace function month_end.alert_guide()
returns table (alert text, unit text, is_low_bad boolean, meaning text, command text)
language sql
immutable
security invoker
set search_path = pg_catalog, pg_temp
as $$
  values
    ('THROUGHPUT', 'transactions/s', true,
     'The batch posts fewer transactions a second than it should: resume it where nobody works on '
     'it, else add sessions; where no control plane has room for them, ./monthend service '
     '--sessions N is one more',
     './monthend %3$s%2$s'),
    ('WORKER_RATE', 'transactions/s', true,
     'A session at a worker is slower than it should be: see what it waits for',
     './monthend status %1$s --watch%2$s'),
    ('FINISH', 'minutes', false,
     'The batch will take longer than planned: give it sessions, or cancel and choose another time',
     './monthend %3$s%2$s    or: ./monthend cancel %1$s%2$s'),
    ('WORKERS_FAILED', 'workers', false,
     'Workers have given up after an error; what they had done is kept: repair, then resume',
     './monthend resume %1$s%2$s'),
    ('BATCH_FAILED', 'batches', false,
     'The batch has ended without posting anything: its validation results say why',
     './monthend status %1$s%2$s'),
    ('VALIDATION_FAILED', 'rules', false,
     'Validation rules have failed: nothing is posted before they pass',
     './monthend status %1$s%2$s'),
    ('SCHEDULE_MISSED', 'runs', false,
     'A scheduled run did not take place: close the period by hand',
     './monthend close %1$s%2$s'),
    ('CLOSE_OVERDUE', 'days', false,
     'No period of the ledger was closed for longer than a month',
     './monthend schedule show%2$s')
$$;

comment on function month_end.alert_guide() is
  'Each alert with its unit, what it means, and the command that helps.';
revoke all on function month_end.alert_guide() from public;
grant execute on function month_end.alert_guide() to monthend_viewer;
