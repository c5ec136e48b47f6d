import type pg from 'pg';
import { afterAll, beforeAll, inject } from 'vitest';
import { connect } from '../../control/server/index.ts';
import { countCalls, noteCalls } from './calls.ts';
import { type LoginName, withDatabase } from './logins.ts';

/** The database of a test file. Everything but `session` is known once the file's tests run. */
export interface TestDatabase {
  readonly name: string;
  /** The login that installs: on the embedded server the superuser. */
  readonly adminUrl: string;
  /** The login that the service would use. */
  readonly serviceUrl: string;
  /** A login that has just one role. */
  readonly urlOf: (login: LoginName) => string;
  /** A new session as a login or, as 'owner', the one that installs; ended with the file. */
  readonly session: (login?: LoginName | 'owner', applicationName?: string) => Promise<pg.Client>;
}

interface Task {
  readonly result?: { readonly state?: string };
  readonly tasks?: readonly Task[];
}

const hasFailed = (task: Task): boolean =>
  task.result?.state === 'fail' || (task.tasks ?? []).some(hasFailed);

let made = 0;

/**
 * Gives this file a database of its own, cloned from the migrated template; call it at the top of the
 * file (or of a describe). Dropped at the end; kept, and its name printed, when one of the tests failed.
 */
export function useDatabase(): TestDatabase {
  const server = inject('testServer');
  const name = `mt_${server.run}_${process.pid}_${++made}`;
  const sessions: pg.Client[] = [];

  const asAdmin = async (work: (admin: pg.Client) => Promise<unknown>, in_ = 'postgres'): Promise<void> => {
    const admin = await connect({ url: withDatabase(server.adminUrl, in_), applicationName: 'test' });
    try {
      await work(admin);
    } finally {
      await admin.end();
    }
  };

  beforeAll(() => asAdmin(async (admin) => {
    await admin.query(`create database ${name} template ${server.template}`);
    await countCalls(admin, name);
  }));

  // Vitest reads the first parameter as fixtures and takes nothing but a pattern there.
  afterAll(async ({}, suite) => {
    await Promise.allSettled(sessions.map((session) => session.end()));
    if (hasFailed(suite) && process.env.CI !== 'true') {
      console.error(`A test failed: its database ${name} is kept.`);
      return;
    }
    await asAdmin((admin) => noteCalls(admin, server.run), name);
    await asAdmin((admin) => admin.query(`drop database if exists ${name} with (force)`));
  });

  const urlOf = (login: LoginName): string => {
    const url = server.logins[login];
    if (url === undefined) throw new Error(`The set-up made no login ${login}.`);
    return withDatabase(url, name);
  };
  const adminUrl = withDatabase(server.adminUrl, name);
  return {
    name,
    adminUrl,
    serviceUrl: urlOf('service'),
    urlOf,
    session: async (login = 'service', applicationName = 'test') => {
      const url = login === 'owner' ? adminUrl : urlOf(login);
      const session = await connect({ url, applicationName });
      sessions.push(session);
      return session;
    },
  };
}
