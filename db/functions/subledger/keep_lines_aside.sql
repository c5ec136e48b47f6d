-- The lines that break a rule of form, with place and reason. Writes import_reject.
create or replace function subledger.keep_lines_aside(p_import_id bigint, p_columns text[])
returns void
language sql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
  insert into subledger.import_reject (import_id, line_no, column_name, rule, reason, raw)
  select p_import_id, r.line_no, coalesce(l.defect_column, c.column_name), r.rule,
         case when l.defect_reason is not null then l.defect_reason else case r.rule
           when 'QUOTE' then 'a quote is not closed, or stands inside a column without quotes'
           when 'ENCODING' then 'bytes that are no UTF-8 text, shown as U+FFFD'
           when 'LINE_TOO_LONG' then 'the line is longer than 16 KiB; its beginning is kept'
           when 'COLUMN_COUNT' then format('%s columns; %s are expected', l.column_count,
                                           cardinality(p_columns))
           when 'ID_MISSING' then 'the id is missing'
           when 'ID_FORM' then format('%L begins or ends with white space', c.value)
           when 'TEXT_TOO_LONG' then format('%s characters; 200 are allowed', length(c.value))
           when 'DATE_MISSING' then 'the date is missing'
           when 'DATE_FORM' then format('%L is no date; dates look like 2003-01-31', c.value)
           when 'AMOUNT_FORM' then format('%L is no number; amounts look like 1234.50', c.value)
         end end,
         coalesce(l.raw, array_to_string(v.texts, ','))
    from pg_temp.import_row r
    join pg_temp.import_line l on l.line_no = r.line_no
   cross join lateral (select array[l.source_id, l.policy_number, l.product_code,
           l.transaction_date, l.amount, l.currency, l.cost_center] as texts) v
    left join lateral (
      select u.column_name, u.value from unnest(p_columns, v.texts) u (column_name, value)
       where case r.rule
               when 'ID_MISSING' then u.column_name = p_columns[1]
               when 'ID_FORM' then u.column_name = p_columns[1]
               when 'TEXT_TOO_LONG' then length(u.value) > 200
               when 'DATE_MISSING' then u.column_name = p_columns[4]
               when 'DATE_FORM' then u.column_name = p_columns[4]
               when 'AMOUNT_FORM' then u.column_name = 'amount'
             end
       limit 1) c on true
   where r.rule is not null
$$;

comment on function subledger.keep_lines_aside(bigint, text[]) is
  'Keeps the lines of an import that break a rule of form, with place and reason.';
revoke all on function subledger.keep_lines_aside(bigint, text[]) from public;
