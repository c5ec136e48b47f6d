-- The rows whose id is here with other content, each with what differs and where the row here came
-- from; and the corrections that can't be made now, with the reason. Writes import_reject.
create or replace function subledger.keep_conflicts_aside(
  p_import_id bigint, p_source smallint, p_columns text[])
returns void
language sql
volatile
security invoker
set search_path = pg_catalog, pg_temp
as $$
  insert into subledger.import_reject (import_id, line_no, column_name, rule, reason, raw)
  select p_import_id, r.line_no, d.column_names,
         case when c.verdict like 'PERIOD%' then c.verdict else 'ID_CONFLICT' end,
         format('%s %s is here already, %s, with other content: %s%s', p_columns[1], r.source_id,
           case when t.import_id = p_import_id
                  then format('from line %s of this file', t.import_line)
                when i.file_name is not null
                  then format('from line %s of %s', t.import_line, i.file_name)
                else 'not from a file' end,
           d.difference,
           case c.verdict
             when 'PERIOD_CLOSING' then format('; it can be corrected when the batch that holds %s '
                                               'has ended: import the file again then', m.months)
             when 'PERIOD_LOCKED' then format('; %s is locked and takes no correction', m.months)
             when 'REPLACED' then '; a correction has replaced this content already'
           end),
         coalesce(l.raw, array_to_string(array[l.source_id, l.policy_number, l.product_code,
           l.transaction_date, l.amount, l.currency, l.cost_center], ','))
    from pg_temp.import_comparison o
    join pg_temp.import_row r on r.line_no = o.line_no
    join pg_temp.import_line l on l.line_no = o.line_no
    join subledger.transaction t on t.source = p_source and t.source_id = r.source_id
    left join subledger.import i on i.import_id = t.import_id
    left join pg_temp.import_correction c on c.line_no = o.line_no
    left join lateral (select string_agg(distinct u, ' and ') as months
                         from unnest(c.months) u) m on true
   cross join lateral (
      select string_agg(v.name, ', ' order by v.n) as column_names,
             string_agg(format('%s here %s, in the file %s', v.name, coalesce(v.here, '(missing)'),
                        coalesce(v.there, '(missing)')), '; ' order by v.n) as difference
        from (values
          (2, p_columns[2], t.policy_number, r.policy_number, false),
          (3, p_columns[3], t.product_code, r.product_code, false),
          (4, p_columns[4], t.transaction_date::text, r.transaction_date::text, false),
          -- by value: 28.5 is 28.50
          (5, p_columns[5], t.amount::text, r.amount::text, t.amount is not distinct from r.amount),
          (6, p_columns[6], t.currency, r.currency, false),
          (7, p_columns[7], t.cost_center, r.cost_center, false)) v (n, name, here, there, is_same)
       where not v.is_same and v.here is distinct from v.there) d
   where not o.is_same
$$;

comment on function subledger.keep_conflicts_aside(bigint, smallint, text[]) is
  'Keeps the rows of an import aside whose id is here with other content, with what differs.';
revoke all on function subledger.keep_conflicts_aside(bigint, smallint, text[]) from public;
