-- Gives each staged line the first rule of form that it breaks, and the good ones their types, in
-- pg_temp.import_row. Only what can't be stored or placed in a period is refused here; whether a
-- row is fit to post is pre-flight's to say, and so NaN and an empty amount pass.
create or replace function subledger.judge_import_lines(p_column_count integer)
returns void
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
set datestyle = 'ISO, YMD'
as $$
begin
  create temporary table import_row (
    line_no          bigint not null,
    rule             text,                    -- null = good
    source_id        text collate "C",
    policy_number    text,
    product_code     text collate "C",
    transaction_date date,
    amount           numeric,
    currency         text collate "C",
    cost_center      text collate "C"
  ) on commit drop;
  insert into pg_temp.import_row
  select l.line_no, f.rule, l.source_id, nullif(l.policy_number, ''), nullif(l.product_code, ''),
         case when f.rule is null then l.transaction_date::date end,
         case when f.rule is null then nullif(l.amount, '')::numeric end,
         nullif(l.currency, ''), nullif(l.cost_center, '')
    from pg_temp.import_line l
   cross join lateral (select case
           when l.defect is not null then l.defect
           when l.column_count <> p_column_count then 'COLUMN_COUNT'
           when l.source_id = '' then 'ID_MISSING'
           when l.source_id <> btrim(l.source_id, E' \t\n\r') then 'ID_FORM'
           -- the short circuit is what nearly all lines take
           when octet_length(concat(l.source_id, l.policy_number, l.product_code,
                             l.transaction_date, l.amount, l.currency, l.cost_center)) > 200
            and greatest(length(l.source_id), length(l.policy_number), length(l.product_code),
                         length(l.transaction_date), length(l.amount), length(l.currency),
                         length(l.cost_center)) > 200 then 'TEXT_TOO_LONG'
           when l.transaction_date = '' then 'DATE_MISSING'
           when l.transaction_date not like '____-__-__' then 'DATE_FORM'
           when not pg_input_is_valid(l.transaction_date, 'date') then 'DATE_FORM'
           when l.transaction_date::date::text <> l.transaction_date then 'DATE_FORM'
           when l.amount ~ '^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)$' or l.amount = '' then null
           -- of exponents no more than sums of any number of rows can take
           when l.amount !~* ('^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)e[+-]?[0-9]{1,2}$'
                              '|^nan$|^[+-]?inf(inity)?$') then 'AMOUNT_FORM'
         end as rule
         -- keeps the planner from computing the rule once for each column that asks for it
         offset 0) f;
end
$$;

comment on function subledger.judge_import_lines(integer) is
  'Checks the form of staged lines and types the good ones.';
revoke all on function subledger.judge_import_lines(integer) from public;
