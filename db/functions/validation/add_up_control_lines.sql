-- Control lines of a range, known by their headers: for rules in which account and number of a line
-- don't tell them. Three times as dear as without the headers. Writes worker_control.
create or replace function month_end.add_up_control_lines(
  p_batch_no integer, p_worker_id integer, p_header_table text, p_line_table text,
  p_first_je_id bigint, p_end_je_id bigint)
returns void
language plpgsql
volatile
security invoker
set search_path = pg_catalog, pg_temp
set work_mem = '256MB'
as $$
begin
  execute format($sql$
    insert into month_end.worker_control as k
      (batch_no, worker_id, source, currency_id, posted_count, posted_amount)
    select $3, $4, h.reference_type, l.currency_id, count(*),
           sum(case when l.is_debit = r.is_debit then l.amount else -l.amount end)
      from ledger_data.%I h
      join books.rule_line r on r.rule_set_id = h.rule_set_id and r.entry_no = h.entry_no
                            and r.is_control
      join ledger_data.%I l on l.je_id = h.je_id and l.line_no = r.line_no
                           and l.je_id >= $1 and l.je_id < $2
     where h.je_id >= $1 and h.je_id < $2 and h.batch_no = $3
     group by h.reference_type, l.currency_id
    on conflict (batch_no, worker_id, source, currency_id) do update
      set posted_count = k.posted_count + excluded.posted_count,
          posted_amount = k.posted_amount + excluded.posted_amount
    $sql$, p_header_table, p_line_table)
    using p_first_je_id, p_end_je_id, p_batch_no, p_worker_id;
end
$$;

comment on function month_end.add_up_control_lines(integer, integer, text, text, bigint, bigint) is
  'Adds up the control lines of a range by source, joined to their headers.';
revoke all on function month_end.add_up_control_lines(
  integer, integer, text, text, bigint, bigint) from public;
