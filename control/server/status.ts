import { config, type Config } from '../config.ts';
import { readServer } from '../database/server.ts';
import { findServer } from './embedded.ts';
import { connect } from './connect.ts';

/** What `db status` tells; no password in it. */
export interface ServerStatus {
  readonly kind: 'embedded' | 'external';
  readonly running: boolean;
  /** As the server says it, `18.4`; null when it doesn't run. */
  readonly version: string | null;
  readonly pid: number | null;
  readonly host: string | null;
  readonly port: number | null;
  readonly socket_folder: string | null;
  readonly data: string | null;
  readonly log: string | null;
  readonly started_at: string | null;
  readonly database_bytes: string | null;
}

async function ask(url: string): ReturnType<typeof readServer> {
  const client = await connect({ url, applicationName: 'monthend db status' });
  return readServer(client).finally(() => client.end());
}

/** Looks at the server of the configuration without starting it. */
export async function serverStatus(from: Config = config()): Promise<ServerStatus> {
  const nothing = {
    running: false, version: null, pid: null, host: null, port: null, socket_folder: null,
    data: null, log: null, started_at: null, database_bytes: null,
  };
  if (from.databaseUrl !== undefined) {
    const facts = await ask(from.databaseUrl);
    const url = new URL(from.databaseUrl);
    return {
      ...nothing, ...facts, kind: 'external', running: true,
      host: url.hostname || null, port: url.port === '' ? null : Number(url.port),
    };
  }
  const server = findServer(from.home);
  if (server === undefined) return { ...nothing, kind: 'embedded' };
  return {
    ...(await ask(server.serviceUrl)), kind: 'embedded', running: true, pid: server.pid,
    host: '127.0.0.1', port: server.port, socket_folder: server.socketFolder,
    data: server.data, log: server.log,
  };
}
