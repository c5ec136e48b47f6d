set local role monthend_owner;

-- The screen of a batch that runs as its last sample made it: all who look are shown this one. No
-- reference, as for samples: its check would wait for a phase that holds the batch.
create table month_end.batch_screen (
  batch_no integer primary key,
  taken_at timestamptz not null,                -- sampled_at of the sample
  taken_by integer not null,                    -- the backend that took it
  screen   jsonb not null
);
comment on table month_end.batch_screen is 'Screens of running batches as of their last samples.';
grant select on month_end.batch_screen to monthend_viewer, monthend_auditor;
