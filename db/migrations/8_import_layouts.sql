set local role monthend_owner;

-- Files in foreign layouts: how each was read, and what became of its lines that are no rows.
alter table subledger.import
  add column skipped jsonb not null default '{}',
  add column mapping jsonb,
  add check (jsonb_typeof(skipped) = 'object');

comment on column subledger.import.skipped is
  'Lines that are no rows, by rule; with line_count they are all lines of the file.';
comment on column subledger.import.mapping is
  'The mapping of a foreign layout as it was applied; null = the project''s own form.';
