set local role monthend_owner;

insert into month_end.setting (name, value, description) values
  ('idempotency_keep_days', '30',
   'how long the answer to a request with an Idempotency-Key is kept; the key is new after that');
