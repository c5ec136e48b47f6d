set local role monthend_owner;

-- Who may use the API, what it was asked, and who has changed or was refused what.
create table month_end.api_key (
  key_id     integer generated always as identity primary key,
  name       text not null check (name <> ''),
  role       text not null check (role in ('viewer', 'operator', 'auditor', 'admin')),
  key_hash   bytea not null unique check (octet_length(key_hash) = 32),   -- SHA-256; never the key
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null default session_user,
  expires_at timestamptz not null,
  revoked_at timestamptz
);
comment on table month_end.api_key is 'Keys of the API by their hash, with role and expiry.';

create table month_end.idempotent_request (
  actor      text not null,
  request_id text not null check (octet_length(request_id) between 1 and 255),
  body_hash  bytea not null,
  response   jsonb,                            -- null = the first request is under way
  created_at timestamptz not null default clock_timestamp(),
  primary key (actor, request_id)
);
comment on table month_end.idempotent_request is 'Answers to requests with an Idempotency-Key.';

create table month_end.audit_log (
  audit_id    bigint generated always as identity primary key,
  at          timestamptz not null default clock_timestamp(),
  actor       text not null,                   -- of the API: the key; else the login
  login       text not null default session_user,
  application text not null default current_setting('application_name'),
  address     text,
  action      text not null,
  object      text,
  outcome     text not null,
  detail      jsonb
);
comment on table month_end.audit_log is 'Every change of a batch and every refusal; append-only.';

revoke all on month_end.api_key, month_end.idempotent_request, month_end.audit_log
  from public;
grant select on month_end.audit_log to monthend_auditor, monthend_admin;
grant select (key_id, name, role, created_at, created_by, expires_at, revoked_at)
  on month_end.api_key to monthend_operator, monthend_auditor;
