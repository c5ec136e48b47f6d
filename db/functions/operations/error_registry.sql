-- Every error that an operator can meet: constant message and next step. The class (first two
-- characters) decides handling: M1 run state (409), M2 validation (422, never retried),
-- M3 partition, M4 transform, M5 commit. docs/errors.md lists the same; a test compares them.
create or replace function month_end.error_registry()
returns table (sqlstate text, name text, message text, hint text)
language sql
immutable
security invoker
set search_path = pg_catalog, pg_temp
as $$
  values
    ('M1001', 'PERIOD_HELD', 'another batch holds the period',
     'Wait for it, or: ./monthend resume BATCH, or: ./monthend cancel BATCH'),
    ('M1002', 'OUT_OF_ORDER', 'the batch is not in the state that this call needs', null),
    ('M1003', 'BATCH_UNKNOWN', 'there is no such batch',
     'select batch_id, status from month_end.batch lists them'),
    ('M1004', 'PERIOD_CLOSED', 'the period is closed already',
     'Late and corrected rows go into a supplement: ./monthend close PERIOD --supplement'),
    ('M1005', 'PERIOD_LOCKED', 'the period is locked and takes no further batch',
     'Post into an open period instead'),
    ('M1006', 'PERIOD_OPEN', 'the period has no closed batch to supplement',
     'Close it first: ./monthend close PERIOD'),
    ('M1007', 'LEASE_LOST', 'another session has taken over this worker',
     'Nothing was written; call month_end.work again to take what is free'),
    ('M1008', 'SOURCE_FROZEN', 'the period is being closed or is closed: its rows stay as they are',
     'Correct what a batch rejected after that batch ended; anything else needs a reversal'),
    ('M1009', 'POSTED_IMMUTABLE', 'what is posted is never changed',
     'Correct it by a reversing entry in an open period'),
    ('M1010', 'ALREADY_COMMITTED', 'the batch is committed and can be cancelled no more',
     'Correct it by reversing entries; ./monthend resume BATCH finishes its post-processing'),
    ('M1011', 'BATCH_RUNNING', 'functions are not replaced while a batch runs',
     'Finish or cancel the batch, then: ./monthend install'),
    ('M1012', 'TABLES_IN_USE', 'a session holds tables that the cancelled batch leaves behind',
     'Wait for it, or end it with pg_cancel_backend; then cancel again'),
    ('M1021', 'RUN_DECIDED', 'the scheduled run of this month has been decided about already',
     'select * from month_end.scheduled_runs tells why; by hand: ./monthend close PERIOD'),
    ('M2001', 'PREFLIGHT_FAILED', 'pre-flight validation has failed: nothing was posted',
     'Look at ./monthend rejects BATCH and the validation results, correct, close again'),
    ('M2002', 'PRECOMMIT_FAILED', 'pre-commit validation has failed: nothing was posted',
     'select * from month_end.batch_validation_results where status = ''FAIL'';'
     ' then cancel the batch and close again'),
    ('M2003', 'RULES_INVALID', 'the rule set is not fit to be stored', null),
    ('M2004', 'ARGUMENT_INVALID', 'an argument is not of the form that is needed', null),
    ('M2005', 'SNAPSHOT_NEEDED', 'pre-flight reads everything under one snapshot',
     'call month_end.preflight(BATCH), or: begin isolation level repeatable read'),
    ('M2006', 'NUMBER_STORED_TWICE', 'the stored rows have a number twice: nothing was posted',
     'Cancel the batch and close again; who else has written into its tables?'),
    ('M2007', 'IMPORT_NOT_STARTED', 'no import was started in this transaction',
     'begin; select subledger.start_import(SOURCE); COPY pg_temp.import_line; then load_import'),
    ('M2008', 'REQUEST_REUSED', 'this Idempotency-Key was used for another request',
     'Send the same body again, or choose a new key'),
    ('M3001', 'LEAF_MISSING', 'a leaf that should take the entries is not there',
     'Cancel the batch and close again'),
    ('M4001', 'CHUNK_MISMATCH', 'a chunk did not come out as its manifest says',
     'Nothing of the chunk was kept; report it with its detail'),
    ('M4002', 'WORKERS_FAILED', 'workers have failed; the others are done and nothing is lost',
     'Repair what is named, then: ./monthend resume BATCH'),
    ('M4003', 'SESSION_HUNG', 'a session made no checkpoint for too long and was ended',
     'Its worker is tried again; a chunk that takes longer needs a longer session_hung_seconds'),
    ('M5001', 'COMMIT_BLOCKED', 'the batch is not fit to be committed', null)
$$;

comment on function month_end.error_registry() is
  'Registered errors: SQLSTATE, name, constant message, next step.';
revoke all on function month_end.error_registry() from public;
grant execute on function month_end.error_registry() to monthend_viewer;
