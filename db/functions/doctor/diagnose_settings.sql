-- Settings against what a close should have; one row for all that are met.
create or replace function month_end.diagnose_settings(p_facts jsonb)
returns table (severity text, subject text, finding text, query text, fix text)
language sql
stable
security invoker
set search_path = pg_catalog, pg_temp
as $$
  with judged as (
    select w.*, current_setting(w.name) as actual,
           case w.rule
             when 'is' then current_setting(w.name) = w.value
                            or month_end.setting_amount(current_setting(w.name))
                               = month_end.setting_amount(w.value)
             when 'least' then month_end.setting_amount(current_setting(w.name))
                               >= month_end.setting_amount(w.value)
             when 'about' then month_end.setting_amount(current_setting(w.name))
                               between month_end.setting_amount(w.value) / 4
                                   and month_end.setting_amount(w.value) * 4
           end as is_met
      from month_end.recommended_settings(
             (p_facts ->> 'memory_bytes')::bigint, (p_facts ->> 'cores')::integer,
             p_transactions => coalesce((p_facts ->> 'transactions')::bigint, 10000000)) w
     where w.rule in ('is', 'least', 'about'))
  select j.severity, j.name, format('%s; %s would do (%s)', j.actual, j.value, j.basis),
         format('show %s', j.name),
         format('alter system set %s = %L; %s', j.name, j.value,
                case s.context when 'postmaster' then 'then restart the server'
                               else 'select pg_reload_conf()' end)
    from judged j join pg_settings s on s.name = j.name
   where not j.is_met
  union all
  select 'ok', 'settings', format('%s of %s are as a close should have them',
                                  count(*) filter (where j.is_met), count(*)),
         'select * from month_end.recommended_settings()', ''
    from judged j
  union all
  select 'note', 'machine', 'memory and cores of the database''s host are not known from here',
         'select * from month_end.recommended_settings(16 * 2^30::bigint, 8)',
         './monthend doctor --memory 16GB --cores 8'
   where p_facts ->> 'memory_bytes' is null or p_facts ->> 'cores' is null
  union all
  select 'note', 'huge pages', format('huge_pages is %s, and %s GB of memory are many small pages',
           current_setting('huge_pages'), (p_facts ->> 'memory_bytes')::bigint / 1073741824),
         'show huge_pages_status', format('as root: sysctl -w vm.nr_hugepages=%s, then restart',
           current_setting('shared_memory_size_in_huge_pages'))
   where (p_facts ->> 'memory_bytes')::bigint >= 34359738368
     and (current_setting('huge_pages') = 'off'
          or current_setting('huge_pages_status', true) = 'off')
$$;

comment on function month_end.diagnose_settings(jsonb) is
  'Findings about server settings, by the specification and the machine.';
revoke all on function month_end.diagnose_settings(jsonb) from public;
