-- The seal of a period: the digests of its batches in the order of their numbers, and over them the
-- RFC 6962 root, each batch's digest being the data of a leaf.
create or replace function month_end.period_digest(p_period text, p_ledger_id integer default 1)
returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select jsonb_build_object('period', p_period, 'ledger_id', p_ledger_id,
    'digest', encode(month_end.merkle_root(
       array_agg(sha256('\x00'::bytea || m.digest) order by m.first_number, m.batch_no)), 'hex'),
    'batches', coalesce(jsonb_agg(jsonb_build_object('batch_id', m.batch_id, 'digest',
       encode(m.digest, 'hex'), 'first_number', m.first_number, 'last_number', m.last_number,
       'committed_at', m.committed_at) order by m.first_number, m.batch_no), '[]'))
    from month_end.staging_month_end_master m
   where m.ledger_id = p_ledger_id and m.period = p_period
     and m.status in ('COMMITTED', 'COMPLETED')
$$;

comment on function month_end.period_digest(text, integer) is
  'Digest of a period over its committed batches, as JSON.';
revoke all on function month_end.period_digest(text, integer) from public;
grant execute on function month_end.period_digest(text, integer) to monthend_viewer;
