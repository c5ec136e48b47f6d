import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import type { TestProject } from 'vitest/node';
import { config } from '../../control/config.ts';
import { install } from '../../control/install.ts';
import { connect, startServer } from '../../control/server/index.ts';
import { neverCalled } from './calls.ts';
import { guardedHome } from './home.ts';
import { makeLogins, roles, withDatabase } from './logins.ts';

// Vitest's global set-up: one server for all files, a migrated database to clone, a login per role.
// All names carry the run, so that two runs on one server don't meet.

/** What the test files are told. */
interface TestServer {
  readonly run: string;
  readonly adminUrl: string;
  readonly template: string;
  /** Addresses of the logins, by name; their database is to be replaced. */
  readonly logins: Readonly<Record<string, string>>;
}

declare module 'vitest' {
  export interface ProvidedContext {
    testServer: TestServer;
  }
}

interface Source {
  readonly name: string;
  readonly adminUrl: string;
  /** Called when all is over, with the databases that failed tests left. */
  readonly release: (kept: readonly string[]) => Promise<void>;
}

// Pinned as in docker-compose.yml; the settings that the product's behaviour depends on.
const image = 'postgres:18.4-bookworm';
const containerSettings = ['-c', 'max_locks_per_transaction=256', '-c', 'max_connections=250', '-c', 'jit=off'];

async function fromContainer(): Promise<Source> {
  const { PostgreSqlContainer } = await import('@testcontainers/postgresql');
  try {
    const container = await new PostgreSqlContainer(image)
      .withCommand(['postgres', ...containerSettings])
      .start();
    return {
      name: `container ${image}`,
      adminUrl: container.getConnectionUri(),
      release: async () => void (await container.stop()),
    };
  } catch (error) {
    throw new Error(
      'MONTHEND_TEST_SERVER=testcontainers needs a running Docker engine that this user may use. ' +
        'Start one, or unset the variable: the tests then use the embedded PostgreSQL.',
      { cause: error },
    );
  }
}

async function fromEmbedded(): Promise<Source> {
  const { home, keep, release } = guardedHome();
  const server = await startServer({ home, maxSharedBuffersBytes: 512 * 1024 ** 2 });
  return {
    name: 'embedded server',
    adminUrl: server.adminUrl,
    release: async (kept) => {
      if (kept.length > 0) {
        keep();
        console.error(`The server is kept in ${home}. To look at a database of a failed test:`);
        console.error(`  MONTHEND_HOME=${home} ./monthend db start`);
        for (const name of kept) {
          console.error(`  psql "$(MONTHEND_HOME=${home} ./monthend db url --admin | sed 's#[^/]*$#${name}#')"`);
        }
      }
      await release();
    },
  };
}

async function acquire(): Promise<Source> {
  const { databaseUrl, adminUrl, testServer } = config();
  if (databaseUrl !== undefined) {
    return {
      name: 'DATABASE_URL',
      adminUrl: adminUrl ?? databaseUrl,
      release: (kept) => {
        for (const name of kept) console.error(`Kept on the server of DATABASE_URL: database ${name}`);
        return Promise.resolve();
      },
    };
  }
  return testServer === 'testcontainers' ? fromContainer() : fromEmbedded();
}

async function checkRights(admin: pg.Client): Promise<string> {
  const { rows } = await admin.query<{ able: boolean; version: string }>(`
    select rolsuper or (rolcreatedb and rolcreaterole) as able, current_setting('server_version') as version
      from pg_catalog.pg_roles where rolname = current_user`);
  if (rows[0]?.able !== true) {
    throw new Error(
      'The tests make databases and roles, and this login may not. As an administrator: ' +
        `alter role ${admin.user} createdb createrole; or set MONTHEND_ADMIN_URL to a login that may.`,
    );
  }
  return rows[0].version;
}

async function prepare(admin: pg.Client, adminUrl: string, run: string): Promise<TestServer> {
  const template = `mt_${run}_template`;
  await admin.query(`create database ${template} template template0 encoding 'UTF8'`);
  await install(withDatabase(adminUrl, template));
  return { run, adminUrl, template, logins: await makeLogins(admin, adminUrl, run) };
}

async function cleanUp(adminUrl: string, run: string): Promise<string[]> {
  const admin = await connect({ url: adminUrl, applicationName: 'test clean-up' });
  try {
    const { rows } = await admin.query<{ datname: string }>(
      'select datname from pg_catalog.pg_database where starts_with(datname, $1)', [`mt_${run}_`],
    );
    const left = rows.map((row) => row.datname);
    const keepable = process.env.CI === 'true' ? [] : left.filter((name) => name !== `mt_${run}_template`);
    for (const name of left) {
      if (!keepable.includes(name)) await admin.query(`drop database ${name} with (force)`);
    }
    if (keepable.length === 0) {
      for (const role of roles) await admin.query(`drop role if exists mt_${run}_${role.name}`);
    }
    return keepable;
  } finally {
    await admin.end();
  }
}

/** After a whole run: fails it for functions that no test has executed. */
async function checkCalls(project: TestProject, adminUrl: string, run: string): Promise<void> {
  const template = await connect({ url: withDatabase(adminUrl, `mt_${run}_template`), applicationName: 'test clean-up' });
  try {
    const missing = await neverCalled(template, run);
    const files = project.vitest.state.getFiles();
    const isWhole = files.length === (await project.globTestFiles()).testFiles.length
      && files.every((file) => file.result?.state === 'pass');
    if (!isWhole || missing.length === 0) return;
    console.error(`No test executes: ${missing.join(', ')}`);
    process.exitCode = 1;
  } finally {
    await template.end();
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const run = randomBytes(4).toString('hex');
  const source = await acquire();
  try {
    const admin = await connect({ url: source.adminUrl, applicationName: 'test set-up' });
    try {
      console.error(`Tests run on PostgreSQL ${await checkRights(admin)} (${source.name}).`);
      project.provide('testServer', await prepare(admin, source.adminUrl, run));
    } finally {
      await admin.end();
    }
  } catch (error) {
    await cleanUp(source.adminUrl, run).catch(() => undefined);
    await source.release([]);
    throw error;
  }
  return async () => {
    await checkCalls(project, source.adminUrl, run);
    await source.release(await cleanUp(source.adminUrl, run));
  };
}
