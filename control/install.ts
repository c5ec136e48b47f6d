import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type pg from 'pg';
import { migrate } from 'postgres-migrations';
import { projectFolder } from './config.ts';
import { inTransaction } from './database/query.ts';
import * as installation from './database/installation.ts';
import { OperatorError } from './errors.ts';
import { exitCodes } from './exit-codes.ts';
import { connect } from './server/connect.ts';

/** A statement of an installation, and what to call it where it fails. */
interface Step {
  readonly path: string;
  readonly text: string;
}

interface Source extends Step {
  readonly checksum: string;
}

/** What an installation did; both empty when everything was in place. */
export interface Installed {
  readonly migrations: readonly string[];
  readonly functions: readonly string[];
}

/**
 * Installs or upgrades the database: migrations, then functions and partitions whose text changed,
 * then the default books where there are none.
 * @throws OperatorError when the login may not; a database error with M1011 while a batch runs.
 */
export async function install(adminUrl: string): Promise<Installed> {
  const client = await connect({ url: adminUrl, applicationName: 'monthend install' });
  try {
    await checkPrivileges(client);
    await installation.beginInstallation(client);
    const migrations = await migrate({ client }, join(projectFolder, 'db/migrations'));
    await installation.becomeOwner(client);
    const functions = await applyFunctions(client, await readSources());
    await installation.seedDefaults(client);
    return { migrations: migrations.map((each) => each.fileName), functions };
  } finally {
    await client.end();
  }
}

async function checkPrivileges(client: pg.ClientBase): Promise<void> {
  const { login, database, ...may } = await installation.readPrivileges(client);
  const refuse = (detail: string, hint: string): never => {
    throw new OperatorError('The login may not install monthend in this database.', {
      detail, hint, exitCode: exitCodes.notReady,
    });
  };
  if (!may.can_create_schemas) {
    refuse(`${login} may not create schemas in ${database}.`, `As the administrator: grant create on database ${database} to ${login}`);
  }
  if (!may.has_roles && !may.can_create_roles) {
    refuse(`The roles of monthend are not there, and ${login} may not create roles.`,
      `As the administrator: alter role ${login} createrole, or name another login in MONTHEND_ADMIN_URL`);
  }
  if (may.has_roles && !may.can_be_owner) {
    refuse(`${login} is no member of monthend_owner.`,
      `As the administrator: grant monthend_owner, monthend_operator to ${login}`);
  }
}

/** Paths of functions whose installed text is not that of this version. */
export async function outdatedFiles(client: pg.ClientBase): Promise<string[]> {
  const { outdated, gone } = await compare(client, await readSources());
  return [...outdated.map((source) => source.path), ...gone];
}

/** What this version installs: numbers of its migrations, and the hash over its functions as month_end.function_hash gives it. */
export async function expectedInstallation(): Promise<{ migrations: number[]; functionHash: string }> {
  const names = await readdir(join(projectFolder, 'db/migrations'));
  const sources = await readSources();
  return {
    migrations: names.filter((name) => name.endsWith('.sql')).map((name) => Number.parseInt(name, 10)),
    functionHash: createHash('sha256').update(sources.map(({ path, checksum }) => `${path}:${checksum}`).join('\n')).digest('hex'),
  };
}

async function compare(
  client: pg.ClientBase, sources: readonly Source[],
): Promise<{ isFirst: boolean; outdated: Source[]; gone: string[] }> {
  const applied = await installation.readChecksums(client);
  const paths = new Set(sources.map((source) => source.path));
  return {
    isFirst: applied.size === 0,
    outdated: sources.filter((source) => applied.get(source.path) !== source.checksum),
    gone: [...applied.keys()].filter((path) => !paths.has(path)),
  };
}

async function readSources(): Promise<Source[]> {
  const listed = await Promise.all(
    ['db/functions', 'db/partitions'].map(async (folder) => {
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
function applyFunctions(client: pg.ClientBase, sources: readonly Source[]): Promise<string[]> {
  return inTransaction(client, async () => {
    const { isFirst, outdated, gone } = await compare(client, sources);
    const drifted = await installation.readDrift(client);
    const changed = sources.filter((source) => outdated.includes(source) || drifted.has(basename(source.path, '.sql')));
    if (changed.length + gone.length === 0) return [];
    if (!isFirst) await installation.refuseWhileRunning(client);
    await installation.deferBodyChecks(client);
    await applyInAnyOrder(client, [...changed, ...(await leftOvers(client, gone, sources))]);
    await installation.storeChecksums(client, changed, gone);
    await installation.storeInstalled(client);
    return changed.map((source) => source.path);
  });
}

/** Drops what files made that are gone. A file that moved to another folder makes the same today, and so is none. */
async function leftOvers(client: pg.ClientBase, gone: readonly string[], sources: readonly Source[]): Promise<Step[]> {
  const kept = sources.flatMap(({ text }) => /^create or replace (?:function|procedure|view) ([\w.]+)/m.exec(text)?.[1] ?? []);
  const drops = await installation.dropsOf(client, gone.map((path) => basename(path, '.sql')), kept);
  return drops.map((text) => ({ path: text, text }));
}

// Views and triggers need what they name; rather than keep an order by hand, what misses something is
// tried again after the others, as long as that gets further.
async function applyInAnyOrder(client: pg.ClientBase, steps: readonly Step[]): Promise<void> {
  const deferred: { step: Step; error: Error }[] = [];
  for (const step of steps) {
    const error = await installation.applyStep(client, step.text).catch((fatal: unknown) => {
      throw named(step, fatal);
    });
    if (error !== undefined) deferred.push({ step, error: named(step, error) });
  }
  const [first] = deferred;
  if (first === undefined) return;
  if (deferred.length === steps.length) throw first.error;
  await applyInAnyOrder(client, deferred.map(({ step }) => step));
}

function named({ path }: Step, error: unknown): Error {
  const failure = error instanceof Error ? error : new Error(String(error));
  failure.message = `${path}: ${failure.message}`;
  return failure;
}
