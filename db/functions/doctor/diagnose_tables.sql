-- What is stored: indexes, triggers, statistics, room, age.
create or replace function month_end.diagnose_tables(p_facts jsonb)
returns table (severity text, subject text, finding text, query text, fix text)
language sql
stable
security invoker
set search_path = pg_catalog, pg_temp
as $$
  with ours as (
    select c.*, c.oid::regclass::text as name from pg_class c
     where c.relnamespace in ('books'::regnamespace, 'subledger'::regnamespace,
                              'month_end'::regnamespace, 'ledger_data'::regnamespace))
  select case when count(i.indexrelid) = 0 then 'ok' else 'error' end, 'indexes',
         coalesce('invalid: ' || string_agg(i.indexrelid::regclass::text, ', '), 'all valid'),
         'select indexrelid::regclass from pg_index where not indisvalid',
         coalesce(string_agg(format('reindex index %s', i.indexrelid::regclass), '; '), '')
    from pg_index i join ours c on c.oid = i.indrelid
   where not i.indisvalid and c.relkind = 'r'
  union all
  select case when count(*) = 0 then 'ok' else 'error' end, 'triggers',
         coalesce('switched off: ' || string_agg(format('%s on %s', t.tgname, c.name), ', '),
                  'all at work'),
         'select tgrelid::regclass, tgname from pg_trigger where tgenabled <> ''O''',
         coalesce(string_agg(format('alter table %s enable trigger %I', c.name, t.tgname), '; '),
                  '')
    from pg_trigger t join ours c on c.oid = t.tgrelid where t.tgenabled <> 'O'
  union all
  select 'warning', 'statistics',
         format('%s has %s', c.name, case when c.reltuples < 0 then 'none'
           else format('some from before %s of its %s rows changed', s.n_mod_since_analyze,
                       c.reltuples::bigint) end),
         'select relname, last_analyze, n_mod_since_analyze from pg_stat_user_tables',
         format('analyze %s', c.name)
    from ours c join pg_stat_user_tables s on s.relid = c.oid
   where c.relkind = 'r' and not 'autovacuum_enabled=false' = any (coalesce(c.reloptions, '{}'))
     and (case when c.reltuples < 0 then pg_relation_size(c.oid) > 1048576
               else s.n_mod_since_analyze > greatest(10000, c.reltuples / 4) end)
  union all
  select case when a.age > a.most * 1.9 then 'error' when a.age > a.most then 'warning'
              else 'ok' end, 'freeze age',
         format('%s transactions, of 2,147,483,647', a.age),
         'select age(datfrozenxid) from pg_database where datname = current_database()',
         'vacuum (freeze), after long and prepared transactions and unused slots are gone'
    from (select age(d.datfrozenxid) as age,
                 month_end.get_setting('freeze_age_warning')::bigint as most
            from pg_database d where d.datname = current_database()) a
  union all
  select case when d.free is null then 'note' when d.free < d.needed then 'error'
              when d.free < 2 * d.needed then 'warning' else 'ok' end, 'disk',
         format('%s free, %s to post what is not posted, about %s transactions',
                coalesce(pg_size_pretty(d.free), 'not known how much is'),
                pg_size_pretty(d.needed), d.transactions),
         'select relname, reltuples from pg_class where relname ~ ''_transaction$|^scope_[0-9]+$''',
         case when d.free is null then 'df on the database''s host'
              else 'Free or add room, or give the data a larger disk' end
    from (select (p_facts ->> 'free_bytes')::bigint as free, r.transactions,
                 r.transactions * month_end.get_setting('bytes_per_transaction')::bigint
                 + least(r.transactions * 1900, pg_size_bytes(current_setting('max_wal_size')))
                   as needed
            from (select greatest(0, sum(case
                    when c.relnamespace = 'month_end'::regnamespace then -1 else 1 end
                    * case when c.reltuples < 0 then pg_relation_size(c.oid) / 170
                           else c.reltuples end))::bigint as transactions
                    from ours c
                   where c.relkind = 'r'
                     and (c.name in ('subledger.premium_transaction',
                                     'subledger.claims_transaction')
                          or c.name ~ '^month_end\.scope_[0-9]+$')) r) d
$$;

comment on function month_end.diagnose_tables(jsonb) is
  'Findings about indexes, triggers, statistics, freeze age and room on disk.';
revoke all on function month_end.diagnose_tables(jsonb) from public;
