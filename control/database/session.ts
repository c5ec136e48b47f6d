import type pg from 'pg';
import { z } from 'zod';
import { connect, resolveServer, type Server } from '../server/index.ts';
import { value } from './query.ts';

/** A session of the service, with its process id on the server. */
export interface ServiceSession {
  readonly client: pg.Client;
  readonly pid: number;
}

/** The role that the service and its jobs work as. */
export const serviceRole = 'monthend_operator';

/**
 * Opens a session for long statements. The server looks every second whether we are still there, so a
 * control plane that is killed leaves no backend at work, and its leases are free again. A machine that
 * is gone without a word is missed after six seconds.
 */
export async function openSession(url: string, applicationName: string): Promise<ServiceSession> {
  const client = await connect({ url, applicationName, role: serviceRole });
  await client.query(`set client_connection_check_interval = '1s'; set tcp_user_timeout = '6s';
    set tcp_keepalives_idle = 3; set tcp_keepalives_interval = 1; set tcp_keepalives_count = 3`);
  const pid = await value(client, z.number(), 'select pg_backend_pid() as value');
  return { client, pid };
}

/** Runs a task in a session of the service that ends with it. */
export async function withSession<Result>(
  url: string, applicationName: string, task: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const { client } = await openSession(url, applicationName);
  try {
    return await task(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The same on the server of the configuration, which must be up. */
export async function withService<Result>(
  applicationName: string, task: (client: pg.Client, server: Server) => Promise<Result>,
): Promise<Result> {
  const server = await resolveServer();
  return withSession(server.serviceUrl, applicationName, (client) => task(client, server));
}
