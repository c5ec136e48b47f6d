import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { projectFolder } from '../../control/config.ts';
import { batchOf, errorOf, one, openBatch, rowsOf } from '../support/close.ts';
import { useDatabase } from '../support/database.ts';

// What STYLE asks of every function, looked up in the catalogue of an installed database.

const ours = `n.nspname in ('books', 'subledger', 'month_end', 'ledger_data', 'ledger')`;
const named = `n.nspname || '.' || p.proname`;

/** Functions without a pinned search_path, and why. */
const unpinned: Record<string, string> = {
  'month_end.cancel': 'commits', 'month_end.close': 'commits', 'month_end.preflight': 'commits', 'month_end.resume': 'commits',
  'month_end.run': 'commits', 'month_end.work': 'commits',
  'month_end.je_id': 'inlined', 'month_end.je_number': 'inlined', 'month_end.money_text': 'inlined', 'month_end.running_phase': 'inlined',
  'month_end.seconds_between': 'inlined',
};
const filesOf = (folder: string): { path: string; text: string }[] =>
  existsSync(join(projectFolder, folder))
    ? readdirSync(join(projectFolder, folder), { recursive: true, encoding: 'utf8' })
        .filter((path) => /\.(sql|ts)$/.test(path))
        .map((path) => ({ path: `${folder}/${path}`, text: readFileSync(join(projectFolder, folder, path), 'utf8') }))
    : [];

describe('the catalogue', () => {
  const database = useDatabase();
  let owner: pg.Client;
  const functions = (columns: string, where = 'true'): Promise<unknown[][]> => rowsOf(owner, `
    select ${named}, ${columns} from pg_proc p join pg_namespace n on n.oid = p.pronamespace
      join pg_language l on l.oid = p.prolang where ${ours} and ${where} order by 1`);

  beforeAll(async () => { owner = await database.session('owner'); });

  test('has a comment for every function, table view included', async () => {
    expect((await functions('p.oid')).length).toBeGreaterThan(80);
    expect(await functions('p.oid', `obj_description(p.oid, 'pg_proc') is null`)).toEqual([]);
    expect(await rowsOf(owner, `select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where ${ours} and c.relkind = 'v' and obj_description(c.oid, 'pg_class') is null`)).toEqual([]);
  });

  test('pins the search_path of every function but the listed', async () => {
    const loose = await functions('p.prokind', `not coalesce(p.proconfig, '{}') @> array['search_path=pg_catalog, pg_temp']`);
    expect(loose.map(([name]) => name)).toEqual(Object.keys(unpinned).sort());
    for (const [name, kind] of loose) expect(kind, String(name)).toBe(unpinned[String(name)] === 'commits' ? 'p' : 'f');
    // a definer without a pinned path would run what its caller puts in front
    expect(await functions('1', `p.prosecdef and p.proconfig is null`)).toEqual([]);
  });

  test('lets PUBLIC execute nothing, and touch nothing', async () => {
    expect(await functions('1', `exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where a.grantee = 0)`)).toEqual([]);
    expect(await rowsOf(owner, `select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace,
      aclexplode(c.relacl) a where ${ours} and a.grantee = 0`)).toEqual([]);
  });

  test('has no overloads', async () => {
    expect(await rowsOf(owner, `select ${named} from pg_proc p join pg_namespace n on n.oid = p.pronamespace where ${ours}
      group by 1 having count(*) > 1`)).toEqual([]);
  });

  test('has one file a function, named after it', async () => {
    const files = [...filesOf('db/functions'), ...filesOf('db/partitions')];
    const made = files.flatMap(({ path, text }) => [...text.matchAll(/^create or replace (?:function|procedure) (\w+\.\w+)/gm)]
      .map((match) => ({ path, name: match[1] ?? '' })));
    expect(made.map(({ name }) => name).sort()).toEqual((await functions('1')).map(([name]) => name).sort());
    for (const { path, name } of made) expect(path.endsWith(`/${name.split('.')[1]}.sql`), path).toBe(true);
    expect(new Set(made.map(({ path }) => path)).size).toBe(made.length);
  });

  test('belongs to the owner, who is no superuser and cannot log in', async () => {
    expect(await functions('p.proowner::regrole::text', `p.proowner <> 'monthend_owner'::regrole`)).toEqual([]);
    expect(await rowsOf(owner, `select rolsuper, rolcanlogin, rolcreaterole, rolbypassrls from pg_roles where rolname = 'monthend_owner'`))
      .toEqual([[false, false, false, false]]);
  });

  test('plpgsql_check finds nothing', async ({ skip }) => {
    const there = await one<boolean>(owner, `select exists (select from pg_available_extensions where name = 'plpgsql_check')`);
    if (!there) console.error('Skipped: this server has no plpgsql_check (extension plpgsql_check is not available).');
    skip(!there);
    await owner.query('create extension plpgsql_check');
    expect(await rowsOf(owner, `
      select ${named}, c.* from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_language l on l.oid = p.prolang
       cross join lateral plpgsql_check_function(p.oid, relid => coalesce((select t.tgrelid from pg_trigger t where t.tgfoid = p.oid limit 1), 0)) c
       where ${ours} and l.lanname = 'plpgsql'`)).toEqual([]);
  });
});

describe('the registry of errors', () => {
  const database = useDatabase();
  let owner: pg.Client;
  let registered: string[];
  beforeAll(async () => {
    owner = await database.session('owner');
    registered = (await rowsOf(owner, 'select sqlstate from month_end.error_registry() order by 1')).map(([code]) => String(code));
  });

  test('has every code that is raised, and each of its codes is used', () => {
    const texts = ['db', 'control', 'api'].flatMap(filesOf).filter(({ path }) => !path.endsWith('error_registry.sql'));
    const raised = new Set(texts.filter(({ path }) => path.endsWith('.sql')).flatMap(({ text }) =>
      [...text.matchAll(/raise_error\(\s*'(\w{5})'/g)].map((match) => match[1])));
    expect(raised.size).toBeGreaterThan(15);
    expect([...raised].filter((code) => !registered.includes(code ?? ''))).toEqual([]);
    expect(registered.filter((code) => !raised.has(code) && !texts.some(({ text }) => new RegExp(`['"\`]${code}['"\`]`).test(text)))).toEqual([]);
  });

  test('is what docs/errors.md says', async ({ skip }) => {
    const file = join(projectFolder, 'docs/errors.md');
    skip(!existsSync(file));
    const text = readFileSync(file, 'utf8');
    expect([...new Set(text.match(/\bM[1-5]\d{3}\b/g))].sort()).toEqual(registered);
    for (const [code, name] of await rowsOf(owner, 'select sqlstate, name from month_end.error_registry()')) {
      expect(text.split('\n').some((line) => line.includes(String(code)) && line.includes(String(name))), `${String(code)} ${String(name)}`).toBe(true);
    }
  });

  test('is unique, of its classes, and raised with message, detail, hint and name', async () => {
    expect(await rowsOf(owner, `select sqlstate from month_end.error_registry() group by 1 having count(*) > 1`)).toEqual([]);
    expect(await rowsOf(owner, `select sqlstate from month_end.error_registry()
      where sqlstate !~ '^M[1-5][0-9]{3}$' or name !~ '^[A-Z_]+$' or message = ''`)).toEqual([]);
    expect(await errorOf(owner.query(`select month_end.raise_error('M1009', 'the values')`))).toMatchObject({
      code: 'M1009', message: 'what is posted is never changed', detail: 'the values', hint: 'Correct it by a reversing entry in an open period' });
  });

  test('M1011: functions are not replaced while a batch runs', async () => {
    await owner.query('select month_end.refuse_while_running()');
    const id = await openBatch(owner, '2003-01');
    expect(await errorOf(owner.query('select month_end.refuse_while_running()'))).toMatchObject({ code: 'M1011', detail: `${id} is OPENED` });
    await owner.query('call month_end.cancel($1)', [id]);
    await owner.query('select month_end.refuse_while_running()');
    expect((await batchOf(owner, id)).status).toBe('CANCELLED');
  });

  test('the default books are sown once and never again', async () => {
    const books = `select (select count(*) from books.account), (select count(*) from books.rule_set), (select count(*) from books.product)`;
    expect(await rowsOf(owner, books)).toEqual([['29', '2', '13']]);
    await owner.query(`delete from books.product where code = 'OTHER'`);
    await owner.query('select books.seed_defaults()');
    expect(await rowsOf(owner, books)).toEqual([['29', '2', '12']]);
  });

  test('an unknown setting and an unreadable entry number: M2004', async () => {
    expect(await errorOf(owner.query(`select month_end.get_setting('none')`))).toMatchObject({ code: 'M2004' });
    for (const number of ['', 'JE-1-2003-01-1', 'JE-1-2003-01-0000000001x', 'je-1-2003-01-0000000001', 'JE-0-2003-01-0000000001', 'JE-901-2003-01-0000000001', 'JE-999-9999-99-9999999999']) {
      expect(await errorOf(owner.query('select month_end.show_entry($1)', [number])), number).toMatchObject({ code: 'M2004' });
    }
    expect(await one(owner, `select month_end.parse_je_number('JE-900-9999-12-9999999999')`)).toBe('9009999129999999999');
    expect(await one(owner, `select month_end.je_number(9009999129999999999)`)).toBe('JE-900-9999-12-9999999999');
  });
});
