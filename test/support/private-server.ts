import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, inject } from 'vitest';
import { install } from '../../control/install.ts';
import { connect, findServer, startServer, stopServer } from '../../control/server/index.ts';
import { countCalls, noteCalls } from './calls.ts';
import { type GuardedHome, guardedHome } from './home.ts';
import { withDatabase } from './logins.ts';

export interface PrivateDatabase {
  readonly adminUrl: string;
  readonly serviceUrl: string;
  /** A new session as the one that installs; the server's next crash ends it. */
  readonly session: () => Promise<pg.Client>;
}

/** An embedded server of a file's own: one that may be stopped while others go on. */
interface PrivateServer {
  /** A new database with everything installed. */
  readonly database: () => Promise<PrivateDatabase>;
  /** Ends the server at once, as a crash does: recovery is left to the next start. */
  readonly crash: () => Promise<void>;
  /** Starts it again, to recover for at least so many seconds. */
  readonly start: (options?: { readonly recoverSeconds: number }) => Promise<void>;
}

const small = { maxSharedBuffersBytes: 128 * 1024 ** 2 };
const template = 'installed';

/** Has the next recovery look for an archive of the log first, which takes so long and has none; nobody is let in meanwhile. */
function slowRecovery(data: string, seconds: number): void {
  appendFileSync(join(data, 'postgresql.auto.conf'), `restore_command = 'test -e waited || { touch waited; sleep ${seconds}; }; false'\nhot_standby = off\n`);
  writeFileSync(join(data, 'recovery.signal'), '');
}

/** Restarts a server so that it is reached by the network of an address too. */
async function listenAt(admin: pg.Client, home: string, address: string): Promise<void> {
  await admin.query(`alter system set listen_addresses = '127.0.0.1', '${address}'`);
  const { data } = await startServer({ home, ...small });
  appendFileSync(join(data, 'pg_hba.conf'), 'host all all samenet scram-sha-256\n');
  await stopServer({ home });
  await startServer({ home, ...small });
}

/** Starts it for this file, listening at `address` too if it is given; stopped and removed at the end. */
export function usePrivateServer(address?: () => string): PrivateServer {
  let place: GuardedHome;
  let data: string;
  const databases: string[] = [];
  const sessions: pg.Client[] = [];
  const urls = () => {
    const server = findServer(place.home);
    if (server === undefined) throw new Error('The private server does not run.');
    return server;
  };
  const open = async (url: string): Promise<pg.Client> => {
    const client = await connect({ url, applicationName: 'test' });
    sessions.push(client);
    return client;
  };

  beforeAll(async () => {
    place = guardedHome();
    const made = await startServer({ home: place.home, ...small });
    const { adminUrl } = made;
    data = made.data;
    const admin = await open(adminUrl);
    await admin.query(`create database ${template}`);
    await install(withDatabase(adminUrl, template));
    if (address !== undefined) await listenAt(admin, place.home, address());
    await admin.end();
  });
  afterAll(async () => {
    await Promise.allSettled(sessions.map((session) => session.end()));
    // what was counted before a crash is lost with it
    const running = findServer(place.home);
    for (const name of running === undefined ? [] : databases) {
      const admin = await connect({ url: withDatabase(urls().adminUrl, name), applicationName: 'test' });
      await noteCalls(admin, inject('testServer').run).finally(() => admin.end());
    }
    await place.release();
  });

  return {
    database: async () => {
      const { adminUrl, serviceUrl } = urls();
      const name = `month_${databases.length + 1}`;
      databases.push(name);
      const admin = await open(adminUrl);
      // copied as files, after a checkpoint: a clone made through the WAL has sequences that a crash sets back
      await admin.query(`create database ${name} template ${template} strategy file_copy`);
      await countCalls(admin, name);
      await admin.end();
      const url = withDatabase(adminUrl, name);
      return { adminUrl: url, serviceUrl: withDatabase(serviceUrl, name), session: () => open(url) };
    },
    crash: async () => void (await stopServer({ home: place.home, mode: 'immediate' })),
    start: async (options) => {
      if (options !== undefined) slowRecovery(data, options.recoverSeconds);
      await startServer({ home: place.home, ...small });
    },
  };
}
