import type pg from 'pg';
import { z } from 'zod';
import { type Queryable, row, rows, value } from './query.ts';

// One number for every installer of a database: the second waits for the first.
const installLock = '5211847309';

/** Takes the installation's lock for as long as this session lasts, and the place of the migrations' own table. */
export async function beginInstallation(client: pg.ClientBase): Promise<void> {
  await client.query('select pg_advisory_lock($1)', [installLock]);
  await client.query('create schema if not exists month_end; set search_path = month_end');
}

/** From here on everything that is made belongs to the owner. */
export async function becomeOwner(client: pg.ClientBase): Promise<void> {
  await client.query('set role monthend_owner; set search_path = pg_catalog');
}

const privileges = z.object({
  login: z.string(), database: z.string(), can_create_schemas: z.boolean(), has_roles: z.boolean(),
  can_create_roles: z.boolean(), can_be_owner: z.boolean(),
});

/** What the login may do that an installation needs. */
export function readPrivileges(client: pg.ClientBase): Promise<z.output<typeof privileges>> {
  return row(client, privileges, `
    select session_user::text as login, current_database()::text as database,
           has_database_privilege(current_database(), 'create') as can_create_schemas,
           o.oid is not null as has_roles, r.rolsuper or r.rolcreaterole as can_create_roles,
           r.rolsuper or coalesce(pg_has_role(r.oid, o.oid, 'set'), false) as can_be_owner
      from pg_roles r left join pg_roles o on o.rolname = 'monthend_owner'
     where r.rolname = session_user`);
}

/** Path and checksum of each function's text that is applied. */
export async function readChecksums(client: pg.ClientBase): Promise<Map<string, string>> {
  const applied = await rows(
    client, z.object({ path: z.string(), checksum: z.string() }), 'select path, checksum from month_end.function_source',
  );
  return new Map(applied.map((each) => [each.path, each.checksum]));
}

const installed = z.object({ migrations: z.array(z.number()), function_hash: z.string(), is_service: z.boolean() });

/** Numbers of the migrations that are applied, the hash over all functions that are, and whether the login may act for callers. */
export function readInstalled(client: Queryable): Promise<z.output<typeof installed>> {
  return row(
    client, installed,
    `select array(select id from month_end.migrations order by id) as migrations, month_end.function_hash() as function_hash,
            coalesce((select pg_has_role(session_user, r.oid, 'member') from pg_roles r where r.rolname = 'monthend_service'), false) as is_service`,
  );
}

/** Names of functions and views that were changed by hand since the last installation. */
export async function readDrift(client: pg.ClientBase): Promise<Set<string>> {
  const isThere = await value(
    client, z.boolean(), `select to_regprocedure('month_end.drifted_functions()') is not null as value`,
  );
  const drifted = isThere
    ? await rows(client, z.object({ name: z.string() }), 'select name from month_end.drifted_functions()') : [];
  return new Set(drifted.map(({ name }) => name));
}

/** Notes what is installed now; the last step of an installation. */
export async function storeInstalled(client: pg.ClientBase): Promise<void> {
  await client.query('select month_end.store_installed_functions()');
}

/** Raises M1011 while a batch runs; else none is opened before this transaction ends. */
export async function refuseWhileRunning(client: pg.ClientBase): Promise<void> {
  await client.query('select month_end.refuse_while_running()');
}

/** Names in bodies are looked up when a function runs, not when it is made: files need no order. */
export async function deferBodyChecks(client: pg.ClientBase): Promise<void> {
  await client.query('set local check_function_bodies = off');
}

// what is named isn't there yet, or what is dropped is still named
const outOfOrder = new Set(['42883', '42P01', '42704', '2BP01']);

/** Applies a statement of an installation. Returns the error when it needs others first; nothing of it is done then. */
export async function applyStep(client: pg.ClientBase, text: string): Promise<Error | undefined> {
  await client.query('savepoint one_step');
  try {
    await client.query(text);
    return undefined;
  } catch (error) {
    if (!(error instanceof Error) || !outOfOrder.has((error as { code?: string }).code ?? '')) throw error;
    await client.query('rollback to savepoint one_step');
    return error;
  }
}

/** The statements that drop what is left of these functions and views, overloads included; kept is what files make today. */
export async function dropsOf(client: pg.ClientBase, names: readonly string[], kept: readonly string[]): Promise<string[]> {
  const drops = await rows(client, z.object({ statement: z.string() }), `
    select format('drop %s %s', o.kind, o.object) as statement
      from (select p.pronamespace, p.proname, 'routine', p.oid::regprocedure::text from pg_proc p
             union all
            select c.relnamespace, c.relname, 'view', c.oid::regclass::text from pg_class c where c.relkind = 'v') o(schema, name, kind, object)
     where o.schema::regnamespace::text in ('books', 'subledger', 'month_end', 'ledger_data', 'ledger')
       and o.name = any ($1) and format('%s.%s', o.schema::regnamespace, o.name) <> all ($2)`, [names, kept]);
  return drops.map(({ statement }) => statement);
}

/** Keeps which text of which file is applied. */
export async function storeChecksums(
  client: pg.ClientBase, sources: readonly { path: string; checksum: string }[], gone: readonly string[],
): Promise<void> {
  await client.query(
    `insert into month_end.function_source (path, checksum)
     select * from unnest($1::text[], $2::text[])
     on conflict (path) do update set checksum = excluded.checksum, applied_at = clock_timestamp()`,
    [sources.map((source) => source.path), sources.map((source) => source.checksum)],
  );
  await client.query('delete from month_end.function_source where path = any ($1)', [gone]);
}

/** books.seed_defaults: the default books, where no ledger is there. */
export async function seedDefaults(client: pg.ClientBase): Promise<void> {
  await value(client, z.unknown(), 'select books.seed_defaults() as value');
}
