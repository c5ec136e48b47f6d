import type pg from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { bringTo, closeMonth, errorOf, one, openBatch, rowsOf } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';
import { roles } from '../../support/logins.ts';
import { insertMonth, insertPremium } from '../../support/transactions.ts';

// Each login tries to change what is there, through every table and view that exists.

const schemas = ['books', 'subledger', 'month_end', 'ledger_data', 'ledger'];
const writers = ['operator', 'service', 'admin'];
const sources = ['subledger.premium_transaction', 'subledger.claims_transaction'];
/** Not for operators to call, whatever role they have. */
const internals = [
  'process_chunk', 'post_chunk', 'validate_worker', 'check_worker_lines', 'add_up_lines', 'finish_staging',
  'fail_worker', 'drop_batch_tables', 'drop_scope', 'drop_table_unwaited', 'make_leaf', 'make_leaves', 'attach_leaf',
  'run_leaf_task', 'freeze_scope', 'keep_unfit_aside', 'release_period', 'record_event', 'record_result', 'start_phase',
  'finish_phase', 'lock_batch', 'refuse_while_running', 'worker_lock_key',
];

describe('roles', () => {
  const database = useDatabase();
  const period = '2003-10';
  const batch = `${period}-MONTHEND`;
  let owner: pg.Client;

  beforeAll(async () => {
    owner = await database.session('owner');
    await insertMonth(owner, { period, premiums: 300, claims: 30 });
    await insertPremium(owner, { id: 'bad', date: `${period}-01`, product: 'NONE' });
    await closeMonth(owner, period);
    await insertMonth(owner, { period, premiums: 20, prefix: 'late' });
    await closeMonth(owner, period, { supplement: true });
    // another month is in the middle of its close
    await insertMonth(owner, { period: '2003-11', premiums: 20 });
    await bringTo(owner, await openBatch(owner, '2003-11'), 'VALIDATED');
  });

  const relations = async (): Promise<{ name: string; kind: string; column: string }[]> =>
    (await owner.query<{ name: string; kind: string; column: string }>(`
      select format('%I.%I', n.nspname, c.relname) as name, c.relkind as kind,
             (select quote_ident(a.attname) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0
                and a.attidentity = '' and not a.attisdropped order by a.attnum limit 1) as column
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = any ($1) and c.relkind in ('r', 'p', 'v') order by 1`, [schemas])).rows;

  const everything = async (): Promise<unknown> => {
    const { rows } = await owner.query<{ name: string }>(`
      select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = any ($1) and c.relkind = 'r' order by 1`, [schemas]);
    const sums: [string, unknown][] = [];
    for (const { name } of rows) {
      sums.push([name, await one(owner, `select count(*) || ' ' || coalesce(sum(hashtextextended(t::text, 0)), 0) from ${name} t`)]);
    }
    return Object.fromEntries(sums);
  };

  test.each(roles.map(({ name }) => name))('%s changes nothing by INSERT, UPDATE, DELETE or TRUNCATE', async (login) => {
    const session = await database.session(login);
    const before = await everything();
    const all = await relations();
    for (const wanted of ['ledger.journal_entry_header', 'ledger_data.journal_entry_line', 'month_end.scope', 'ledger_data.batch_publication',
      'ledger_data.journal_entry_line_2003_10_1_tail', 'ledger.batch']) {
      expect(all.map(({ name }) => name)).toContain(wanted);
    }
    for (const { name, kind, column } of all) {
      for (const statement of [
        `insert into ${name} default values`, `update ${name} set ${column} = ${column}`, `delete from ${name}`, `truncate ${name} cascade`,
      ]) {
        if (writers.includes(login) && sources.includes(name) && !statement.startsWith('truncate')) continue;
        const { code } = await errorOf(session.query(statement));
        // a view over a join is not updatable, for nobody; and no view can be truncated
        const expected = kind === 'v' && statement.startsWith('truncate') ? ['42809', '42501'] : kind === 'v' ? ['55000', '42501'] : ['42501'];
        expect(expected, `${login}: ${statement}`).toContain(code);
      }
    }
    expect(await everything()).toEqual(before);
  });

  test.each(roles.map(({ name }) => name))('%s can call no internals, and reads no base table of the ledger', async (login) => {
    const session = await database.session(login);
    const callable = await rowsOf(session, `
      select p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace
       where n.nspname = 'month_end' and p.proname = any ($1)
         and has_function_privilege(current_user, p.oid, 'execute')`, [internals]);
    expect(callable).toEqual([]);
    expect(await one(owner, `select count(distinct proname) from pg_proc where proname = any ($1)`, [internals])).toBe(String(internals.length));
    expect(await errorOf(session.query('select month_end.process_chunk(1, 1, 1, 1)'))).toMatchObject({ code: '42501' });
    expect(await errorOf(session.query('select * from ledger_data.journal_entry_line'))).toMatchObject({ code: '42501' });
    expect(await errorOf(session.query('create table public.mine ()'))).toMatchObject({ code: '42501' });
    expect(await errorOf(session.query('set role monthend_owner'))).toMatchObject({ code: '42501' });
    expect(await errorOf(session.query('set session_replication_role = replica'))).toMatchObject({ code: '42501' });
  });

  test.each(['viewer', 'auditor', 'approver'] as const)('%s can run no close, cancel none, store no rules', async (login) => {
    const session = await database.session(login);
    for (const statement of [
      `select month_end.open_batch('2003-12')`, `call month_end.close('2003-12')`, `call month_end.cancel('2003-11-MONTHEND')`,
      `call month_end.work('2003-11-MONTHEND')`, `select month_end.commit_batch('2003-11-MONTHEND')`,
      `select month_end.allocate_numbers('2003-11-MONTHEND')`, `select books.store_rule_set('PREMIUM', '2004-01-01', '[]')`,
      `call month_end.resume('${batch}')`, `select month_end.discard_batch('2003-11-MONTHEND')`,
    ]) expect(await errorOf(session.query(statement)), statement).toMatchObject({ code: '42501' });
  });

  test('an operator stores no rules; what it may call does nothing to a committed batch', async () => {
    const session = await database.session('operator');
    const before = await everything();
    for (const [statement, code] of [
      [`select books.store_rule_set('PREMIUM', '2004-01-01', '[]')`, '42501'], [`call month_end.cancel('${batch}')`, 'M1010'],
      [`select month_end.discard_batch('${batch}')`, 'M1002'], [`select month_end.commit_batch('${batch}')`, 'M1002'],
      [`select month_end.validate_batch('${batch}')`, 'M1002'], [`select month_end.launch_workers('${batch}')`, 'M1002'],
    ] as const) expect(await errorOf(session.query(statement)), statement).toMatchObject({ code });
    expect(await everything()).toEqual(before);
  });

  test('the owner of the tables is refused by the triggers, on parents, leaves, scope, balances, publication', async () => {
    await owner.query('set role monthend_owner');
    const tables = (await relations()).filter(({ name, kind }) => kind !== 'v'
      && /journal_entry_(header|line)|account_balance|batch_publication|month_end\.scope/.test(name));
    expect(tables.length).toBeGreaterThan(12);
    await owner.query('begin');
    for (const { name, column } of tables) {
      const published = await one<boolean>(owner, `select exists (select from ${name} t join ledger.batch b using (batch_no))`);
      for (const statement of [`update ${name} set ${column} = ${column}`, `delete from ${name}`, `truncate ${name}`]) {
        if (!published && !statement.startsWith('truncate')) continue;
        await owner.query('savepoint attempt');
        expect(await errorOf(owner.query(statement)), statement).toMatchObject({ code: 'M1009' });
        await owner.query('rollback to savepoint attempt');
      }
    }
    for (const kind of ['header', 'line']) {
      const root = `ledger_data.journal_entry_${kind}`;
      for (const { name } of tables.filter((table) => table.name.startsWith(root))) {
        await owner.query('savepoint attempt');
        expect(await errorOf(owner.query(`insert into ${name} select * from ${root} limit 1`)), name)
          .toMatchObject({ code: 'M1009' });
        await owner.query('rollback to savepoint attempt');
      }
    }
    expect(await errorOf(owner.query('update ledger.batch set published_at = now()'))).toMatchObject({ code: 'M1009' });
    await owner.query('rollback');
    await owner.query('reset role');
  });
});
