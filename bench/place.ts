import { mkdirSync, mkdtempSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { config } from '../control/config.ts';
import { OperatorError } from '../control/errors.ts';
import { exitCodes } from '../control/exit-codes.ts';
import { connect, startServer } from '../control/server/index.ts';
import { guard } from '../test/support/home.ts';
import { withDatabase } from '../test/support/logins.ts';

/** A server to measure on, with a prefix for the names of our databases. */
export interface Place {
  readonly kind: 'embedded' | 'DATABASE_URL';
  /** Begins the names of all databases that the benchmark makes. */
  readonly prefix: string;
  readonly adminUrl: (database: string) => string;
  readonly serviceUrl: (database: string) => string;
  /** A session of the administrator; ended with the place. */
  readonly session: (database: string) => Promise<pg.Client>;
  /** Ends our sessions, drops our databases, or throws the server away with its files. */
  readonly release: () => Promise<void>;
}

// Source rows twice (loaded once, cloned for the round), the close, the floor, and WAL of the latter two.
const bytesPerTransaction = 8_000;

/** The server of DATABASE_URL, or an embedded one with the project's own settings, made for this run. */
export function openPlace(transactions: number, onProgress: (line: string) => void): Promise<Place> {
  const { databaseUrl, adminUrl } = config();
  return databaseUrl === undefined
    ? openEmbedded(transactions, onProgress)
    : openGiven(databaseUrl, adminUrl ?? databaseUrl);
}

async function openEmbedded(transactions: number, onProgress: (line: string) => void): Promise<Place> {
  const parent = config().home;
  mkdirSync(parent, { recursive: true, mode: 0o700 });
  const disk = statfsSync(parent);
  const freeBytes = disk.bavail * disk.bsize;
  if (freeBytes < transactions * bytesPerTransaction) {
    throw new OperatorError('The disk has no room for this benchmark.', {
      detail: `${parent} has ${freeBytes} bytes free; about ${transactions * bytesPerTransaction} are needed.`,
      hint: 'Ask for fewer --transactions, or set MONTHEND_HOME to a folder on another disk.',
      exitCode: exitCodes.notReady,
    });
  }
  const home = mkdtempSync(join(parent, 'bench-'));
  const guarded = guard(home);
  try {
    onProgress('starting a server of its own');
    const server = await startServer({ home, onProgress });
    return placeOf('embedded', server.adminUrl, server.serviceUrl, guarded.release);
  } catch (error) {
    await guarded.release();
    throw error;
  }
}

async function openGiven(serviceUrl: string, adminUrl: string): Promise<Place> {
  const client = await connect({ url: adminUrl, applicationName: 'monthend bench' });
  try {
    const { rows } = await client.query<{ able: boolean; name: string }>(`
      select rolsuper or (rolcreatedb and pg_has_role('pg_checkpoint', 'usage')) as able, rolname as name
        from pg_catalog.pg_roles where rolname = current_user`);
    if (rows[0]?.able !== true) {
      throw new OperatorError('This login cannot run the benchmark.', {
        detail: `${rows[0]?.name} may not both make databases and CHECKPOINT.`,
        hint: 'As the administrator: alter role … createdb; grant pg_checkpoint to …; or set MONTHEND_ADMIN_URL.',
        exitCode: exitCodes.notReady,
      });
    }
  } finally {
    await client.end();
  }
  return placeOf('DATABASE_URL', adminUrl, serviceUrl, undefined);
}

function placeOf(
  kind: Place['kind'], adminUrl: string, serviceUrl: string, throwAway: (() => Promise<void>) | undefined,
): Place {
  const prefix = `bench_${randomBytes(4).toString('hex')}_`;
  const applicationName = `monthend ${prefix}`;
  const urlOf = (database: string): string => withDatabase(adminUrl, database);
  return {
    kind, prefix, adminUrl: urlOf, serviceUrl: (database) => withDatabase(serviceUrl, database),
    session: (database) => connect({ url: urlOf(database), applicationName }),
    release: throwAway ?? (() => dropAll(adminUrl, prefix, applicationName)),
  };
}

async function dropAll(adminUrl: string, prefix: string, applicationName: string): Promise<void> {
  const client = await connect({ url: adminUrl, applicationName: 'monthend bench clean-up' });
  try {
    // first whoever may still be making one
    await client.query(
      'select pg_terminate_backend(pid, 10000) from pg_stat_activity where application_name = $1', [applicationName]);
    const { rows } = await client.query<{ name: string }>(
      'select datname as name from pg_catalog.pg_database where starts_with(datname, $1)', [prefix]);
    for (const { name } of rows) await client.query(`drop database if exists ${name} with (force)`);
  } finally {
    await client.end();
  }
}
