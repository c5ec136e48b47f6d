-- What operators repair: chunks whose worker is given up, with the error of the last try.
create or replace view month_end.dead_letter as
  select m.ledger_id, m.batch_id, w.worker_id,
         case when w.checkpoint is distinct from w.last_chunk
              then coalesce(w.checkpoint + 1, w.first_chunk) end as chunk_no,
         w.last_chunk - coalesce(w.checkpoint, w.first_chunk - 1) as chunks_left,
         w.attempts, w.error_sqlstate, w.error_message, w.leased_by as last_session,
         (select max(e.at) from month_end.batch_event e
           where e.batch_no = w.batch_no and e.worker_id = w.worker_id
             and e.kind = 'WORKER_FAILED') as failed_at,
         './monthend resume ' || m.batch_id || month_end.ledger_option(m.ledger_id) as after_repair,
         m.batch_no
    from month_end.batch_worker_control w
    join month_end.staging_month_end_master m using (batch_no)
   where w.status = 'FAILED' and m.status in ('PROCESSING', 'PROCESSED');

comment on view month_end.dead_letter is
  'Chunks that have failed for good, with error and attempts; chunk_no null: a validation has.';
grant select on month_end.dead_letter to monthend_viewer, monthend_auditor;
