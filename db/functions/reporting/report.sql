-- The report of a batch, monthend.report/1, at any time of its life. Money is text. Fit is what the
-- batch posts, posted what it has posted: nothing before its commit.
-- Raises M1003.
create or replace function month_end.report(p_batch_id text, p_ledger_id integer default 1)
returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select jsonb_build_object(
    'schema', 'monthend.report/1',
    'batch_id', m.batch_id, 'period', m.period, 'status', m.status, 'attempt', m.attempt,
    'dry_run', m.is_dry_run,
    'transactions', jsonb_build_object(
      'premium', k.premium, 'claims', k.claims, 'fit', m.scope_count,
      'posted', case when x.is_posted then m.scope_count else 0 end,
      'rejected', m.rejected_count, 'set_aside', m.set_aside_count),
    'entries', m.actual_je_count, 'lines', m.actual_line_count,
    'control', coalesce(k.control, '[]'), 'debits', coalesce(b.debits, '{}'),
    'credits', coalesce(b.credits, '{}'),
    'phases', coalesce(p.phases, '[]'), 'seconds', p.seconds,
    'processing_seconds', month_end.seconds_between(m.processing_started_at, m.committed_at),
    'transactions_per_second', round(m.scope_count / nullif(month_end.seconds_between(
       m.opened_at, m.committed_at), 0))::text::numeric,
    'digest', encode(m.digest, 'hex'),
    'first_number', m.first_number, 'last_number', m.last_number,
    'function_hash', m.function_hash, 'opened_at', m.opened_at, 'committed_at', m.committed_at,
    'next_call', month_end.next_call(m))
    from month_end.find_batch(p_batch_id, p_ledger_id) m
   cross join lateral (select m.status in ('COMMITTED', 'COMPLETED') as is_posted) x
    left join lateral (
      select coalesce(sum(c.source_count) filter (where c.source = 1), 0) as premium,
             coalesce(sum(c.source_count) filter (where c.source = 2), 0) as claims,
             jsonb_agg(jsonb_build_object('source', s.code, 'currency', c.currency,
               'source_count', c.source_count, 'fit_count', c.posted_count,
               'fit_amount', month_end.money_text(c.posted_amount, u.minor_unit),
               'posted_count', case when x.is_posted then c.posted_count else 0 end,
               'rejected_count', c.rejected_count,
               'source_amount', month_end.money_text(c.source_amount, u.minor_unit),
               'posted_amount', month_end.money_text(
                 case when x.is_posted then c.posted_amount else 0 end, u.minor_unit),
               'rejected_amount', month_end.money_text(c.rejected_amount, u.minor_unit),
               'set_aside_count', c.set_aside_count) order by c.source, c.currency) as control
        from month_end.batch_control c
        join books.source s using (source)
        left join books.currency u on u.code = c.currency
       where c.batch_no = m.batch_no) k on true
    left join lateral (
      select jsonb_object_agg(t.code, month_end.money_text(t.debit, t.minor_unit)) as debits,
             jsonb_object_agg(t.code, month_end.money_text(t.credit, t.minor_unit)) as credits
        from (select u.code, u.minor_unit, sum(a.debit) as debit, sum(a.credit) as credit
                from ledger_data.account_balance a join books.currency u using (currency_id)
               where a.batch_no = m.batch_no group by u.code, u.minor_unit) t) b on true
    left join lateral (
      select jsonb_agg(jsonb_build_object('phase', f.phase, 'name', n.name, 'seconds',
               month_end.seconds_between(f.started_at, f.finished_at)) order by f.phase) as phases,
             month_end.seconds_between(min(f.started_at), max(f.finished_at)) as seconds
        from month_end.batch_phase f join month_end.phase_names() n using (phase)
       where f.batch_no = m.batch_no) p on true
$$;

comment on function month_end.report(text, integer) is
  'Report of a batch as JSON, schema monthend.report/1; money as text, times in seconds.';
revoke all on function month_end.report(text, integer) from public;
grant execute on function month_end.report(text, integer) to monthend_viewer;
