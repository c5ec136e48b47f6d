set local role monthend_owner;

insert into month_end.setting (name, value, description) values
  ('step_hung_seconds', '900',
   'a session at one step of phase 5 for longer, and waiting for no lock, is ended');
