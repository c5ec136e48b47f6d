import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { migrate } from 'postgres-migrations';
import { projectFolder } from './config.ts';
import { OperatorError } from './errors.ts';
import { exitCodes } from './exit-codes.ts';
import { connect } from './server/connect.ts';

interface Source {
  readonly path: string;
  readonly text: string;
  readonly checksum: string;
}

/** What an installation did; both empty when everything was in place. */
export interface Installed {
  readonly migrations: readonly string[];
  readonly functions: readonly string[];
}

// One number for every installer of a database: the second waits for the first.
const installLock = '5211847309';

/**
 * Installs or upgrades the database: migrations, then functions and partitions whose text changed,
 * then the default books where there are none.
 * @throws OperatorError, or a database error with M1011 while a batch runs and functions changed.
 */
export async function install(adminUrl: string): Promise<Installed> {
  const client = await connect({ url: adminUrl, applicationName: 'monthend install' });
  try {
    await client.query('select pg_advisory_lock($1)', [installLock]);
    // The table in which postgres-migrations keeps its books lives in our own schema.
    await client.query('create schema if not exists month_end; set search_path = month_end');
    const migrations = await migrate({ client }, join(projectFolder, 'db/migrations'));
    await client.query('set role monthend_owner; set search_path = pg_catalog');
    const functions = await applyFunctions(client, await readSources());
    await client.query('select books.seed_defaults()');
    return { migrations: migrations.map((each) => each.fileName), functions };
  } catch (error) {
    if ((error as { code?: string }).code !== '42501') throw error;
    throw new OperatorError('The login may not install monthend in this database.', {
      detail: error instanceof Error ? error.message : String(error),
      hint: 'Use a login that owns the database and has CREATEROLE: MONTHEND_ADMIN_URL=postgresql://…',
      exitCode: exitCodes.notReady,
      cause: error,
    });
  } finally {
    await client.end();
  }
}

/** Paths of functions whose text in the database is not that of this version. */
export async function functionDrift(client: pg.ClientBase): Promise<string[]> {
  const applied = await readChecksums(client);
  const sources = await readSources();
  const paths = new Set(sources.map((source) => source.path));
  return [
    ...sources.filter((source) => applied.get(source.path) !== source.checksum).map((source) => source.path),
    ...[...applied.keys()].filter((path) => !paths.has(path)),
  ];
}

async function readChecksums(client: pg.ClientBase): Promise<Map<string, string>> {
  const applied = await client.query<{ path: string; checksum: string }>(
    'select path, checksum from month_end.function_source',
  );
  return new Map(applied.rows.map((row) => [row.path, row.checksum]));
}

async function readSources(): Promise<Source[]> {
  const folders = ['db/functions', 'db/partitions'];
  const listed = await Promise.all(
    folders.map(async (folder) => {
      const names = await readdir(join(projectFolder, folder), { recursive: true });
      return names.filter((name) => name.endsWith('.sql')).map((name) => `${folder}/${name}`);
    }),
  );
  return Promise.all(
    listed.flat().sort().map(async (path) => {
      const text = await readFile(join(projectFolder, path), 'utf8');
      return { path, text, checksum: createHash('sha256').update(text).digest('hex') };
    }),
  );
}

/** Applies what changed in one transaction, so that no session ever sees half of it. */
async function applyFunctions(client: pg.Client, sources: readonly Source[]): Promise<string[]> {
  await client.query('begin');
  try {
    const checksums = await readChecksums(client);
    const changed = sources.filter((source) => checksums.get(source.path) !== source.checksum);
    const paths = new Set(sources.map((source) => source.path));
    const gone = [...checksums.keys()].filter((path) => !paths.has(path));
    if (changed.length > 0 || gone.length > 0) {
      if (checksums.size > 0) await client.query('select month_end.refuse_while_running()');
      await client.query('set local check_function_bodies = off');
      await applyInAnyOrder(client, changed);
      await client.query(
        `insert into month_end.function_source (path, checksum)
         select * from unnest($1::text[], $2::text[])
         on conflict (path) do update set checksum = excluded.checksum, applied_at = clock_timestamp()`,
        [changed.map((source) => source.path), changed.map((source) => source.checksum)],
      );
      await client.query('delete from month_end.function_source where path = any ($1)', [gone]);
    }
    await client.query('commit');
    return changed.map((source) => source.path);
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

const missingObject = new Set(['42883', '42P01', '42704']);

// Views and triggers need what they name; rather than keep an order by hand, what fails for a missing
// object is tried again after the others, as long as that gets further.
async function applyInAnyOrder(client: pg.Client, sources: readonly Source[]): Promise<void> {
  const deferred: Source[] = [];
  let lastError: unknown;
  for (const source of sources) {
    await client.query('savepoint one_file');
    try {
      await client.query(source.text);
    } catch (error) {
      if (!missingObject.has((error as { code?: string }).code ?? '')) throw located(error, source);
      await client.query('rollback to savepoint one_file');
      deferred.push(source);
      lastError = located(error, source);
    }
  }
  if (deferred.length === 0) return;
  if (deferred.length === sources.length) throw lastError;
  await applyInAnyOrder(client, deferred);
}

function located(error: unknown, source: Source): unknown {
  if (error instanceof Error) error.message = `${source.path}: ${error.message}`;
  return error;
}
