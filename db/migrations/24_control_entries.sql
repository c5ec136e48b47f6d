set local role monthend_owner;

-- How many entries the posted transactions make: the numbers that a batch claims, and where those
-- of a source begin, without a look at the scope.
alter table month_end.batch_control add column entry_count bigint not null default 0;
update month_end.batch_control c
   set entry_count = s.entries
  from (select s.batch_no, s.source, u.code as currency, sum(s.entry_count) as entries
          from month_end.scope s join books.currency u using (currency_id)
         group by s.batch_no, s.source, u.code) s
 where (c.batch_no, c.source, c.currency) = (s.batch_no, s.source, s.currency);
alter table month_end.batch_control alter entry_count drop default;
