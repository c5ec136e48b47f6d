import { openSession } from './database/session.ts';
import { resolveServer, type Server } from './server/index.ts';
import type pg from 'pg';

/** The ledger that commands mean unless told otherwise. */
export const defaultLedger = 1;

/** Runs a task in a session of the service, on the server of the configuration, which must be up. */
export async function withService<Result>(
  applicationName: string, task: (client: pg.Client, server: Server) => Promise<Result>,
): Promise<Result> {
  const server = await resolveServer();
  const { client } = await openSession(server.serviceUrl, applicationName);
  try {
    return await task(client, server);
  } finally {
    await client.end().catch(() => undefined);
  }
}
