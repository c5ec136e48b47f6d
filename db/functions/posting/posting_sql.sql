-- The text of a SELECT that gives a chunk's transactions, from offset $2 to before $4, a row each,
-- with the amounts of all their lines as an array in the order of books.rule_line_place; and the
-- text of an array of the sums of these over rows p.
--   a line: round(A * share_to) - round(A * share_from), half away from zero at the currency's
--   minor unit, so that a side adds up to round(A * its total share) and no line is negative.
--   head: what stands between number and entry code in the canonical bytes of its entries; its
--   constant parts are put together once, a day's among them, and dates are written as DateStyle
--   ISO has them.
-- Why text: with the shares as constants a transaction stays one row until its lines are written;
-- joined to rows of rules, each line is computed, kept, sorted and added up for itself, which takes
-- longer than writing it (docs/decisions.md). What goes into it are numbers of the rules.
-- Each share is rounded once, and OFFSET 0 keeps the result a column; merged into the SELECT above
-- it, it would be computed anew wherever it is named.
create or replace function month_end.posting_sql(
  p_batch month_end.staging_month_end_master, out posting text, out sums text)
returns record
language sql
stable
security invoker
set search_path = pg_catalog, pg_temp
as $$
  with period as (
    select p.ledger_id, p.first_day, p.next_first_day
      from books.period p
     where p.ledger_id = p_batch.ledger_id and p.period = p_batch.period),
  line as (
    select l.rule_set_id, l.place, l.share_from, l.share_to
      from books.rule_line_place l
      join books.rule_set r using (rule_set_id)
      join period p using (ledger_id)
     where r.valid_from < p.next_first_day
       and (r.valid_to is null or r.valid_to > p.first_day)),
  part as (
    select s.rule_set_id, s.share,
           case when s.share = 1 then 'amount' else 'part_' || row_number()
             over (partition by s.rule_set_id order by s.share) end as name
      from (select l.rule_set_id, l.share_from as share from line l
             union select l.rule_set_id, l.share_to from line l) s
     where s.share <> 0)
  select format($sql$
    select x.entry_offset, x.entry_count, x.rule_set_id, x.transaction_date, x.currency_id,
           x.is_positive, x.head, case x.rule_set_id %2$s end as amounts
      from (select x.*%3$s from (
        select s.entry_offset, s.entry_count, s.rule_set_id, s.transaction_date, s.currency_id,
               s.amount >= 0 as is_positive, round(abs(s.amount), k.minor_unit) as amount,
               k.minor_unit,
               case when s.origin_date is null then k.date_place
                    else '|' || s.transaction_date || '|' || s.origin_date || k.source_place end
                 || octet_length(s.source_id) || ':' || s.source_id
                 || k.currency_place || p.place || c.place || k.version_place as head
          from month_end.%1$I s
          join (select r.rule_set_id, u.currency_id, %4$L::date + d.no as transaction_date,
                       u.minor_unit::integer as minor_unit, '|' || o.code || '|' as source_place,
                       '|' || %4$L::date + d.no || '||' || o.code || '|' as date_place,
                       '|' || u.code || '|' as currency_place, r.version || '|' as version_place
                  from books.rule_set r
                  join books.source o using (source)
                 cross join books.currency u
                 cross join generate_series(0, %5$s) d(no)
                offset 0) k using (rule_set_id, currency_id, transaction_date)
          join (select p.product_id, octet_length(p.code) || ':' || p.code || '|' as place
                  from books.product p offset 0) p using (product_id)
          join (select c.cost_center_id, octet_length(c.code) || ':' || c.code || '|' as place
                  from books.cost_center c offset 0) c using (cost_center_id)
         where s.entry_offset >= $2 and s.entry_offset < $4
         offset 0) x offset 0) x
    $sql$, 'scope_' || p_batch.batch_no,
    (select string_agg(format('when %s then array[%s]', a.rule_set_id, a.amounts), ' ')
       from (select l.rule_set_id, string_agg(
                      'x.' || t.name || coalesce(' - x.' || f.name, ''), ', ' order by l.place)
                      as amounts
               from line l
               join part t on (t.rule_set_id, t.share) = (l.rule_set_id, l.share_to)
               left join part f on (f.rule_set_id, f.share) = (l.rule_set_id, l.share_from)
              group by l.rule_set_id) a),
    (select string_agg(format(', case x.rule_set_id %s end as %s', a.parts, a.name), '')
       from (select p.name, string_agg(format('when %s then round(x.amount * %s, x.minor_unit)',
                                              p.rule_set_id, p.share), ' ') as parts
               from part p where p.share <> 1 group by p.name) a),
    (select p.first_day from period p), (select p.next_first_day - p.first_day - 1 from period p)),
    (select format('array[%s]', string_agg(format('sum(p.amounts[%s])', l.place), ', '
                                           order by l.place))
       from (select distinct l.place from line l) l)
$$;

comment on function month_end.posting_sql(month_end.staging_month_end_master) is
  'SQL for the transactions of a chunk with the amounts of their lines, and for the sums of these.';
revoke all on function month_end.posting_sql(month_end.staging_month_end_master) from public;
