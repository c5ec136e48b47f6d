set local role monthend_owner;

insert into month_end.setting (name, value, description) values
  ('window_settings', 'off',
   'on: the server settings in month_end.window_setting are raised while a batch runs');

-- Server settings that are raised while batches run, where they are lower. What was before is kept
-- here until it is put back.
create table month_end.window_setting (
  name         text primary key,
  window_value text not null,
  raised_at    timestamptz,                     -- null = as it was
  raised_by    text,
  value_before text,                            -- of ALTER SYSTEM; null = it had none
  check (raised_at is not null or (raised_by is null and value_before is null))
);
insert into month_end.window_setting (name, window_value) values
  ('max_wal_size', '10GB'), ('min_wal_size', '2GB'), ('checkpoint_completion_target', '0.9');
grant select on month_end.window_setting to monthend_viewer, monthend_auditor;

-- Where a setting comes from is shown to who may read all settings: without, it is put back by
-- value, and not taken out again.
set local role none;
do $$
begin
  if not pg_has_role('monthend_owner', 'pg_read_all_settings', 'usage') then
    grant pg_read_all_settings to monthend_owner;
  end if;
exception
  when insufficient_privilege or unique_violation then null;
end
$$;
set local role monthend_owner;
