import { config, type Config } from '../config.ts';
import { OperatorError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { findServer, startServer, type StartOptions } from './embedded.ts';
import { type HostFacts, hostFacts } from './settings.ts';

/** The server that everything talks to. */
export interface Server {
  readonly kind: 'embedded' | 'external';
  /** The login that operates: no superuser on the embedded server. */
  readonly serviceUrl: string;
  /** The login that installs; nothing else uses it. */
  readonly adminUrl: string;
  /** The machine that the data is on; undefined for an external server, whose machine we can't see. */
  readonly host: HostFacts | undefined;
}

/** Free bytes on the disk that the data is on, as text; undefined where that machine can't be seen. */
export const freeBytesOf = ({ host }: Server): string | undefined => host && BigInt(Math.floor(host.freeDiskBytes)).toString();

/**
 * The server of the configuration: DATABASE_URL if set, and then nothing embedded is ever started or
 * looked at; else the embedded one, started when asked. Throws an OperatorError if there is none.
 */
export async function resolveServer(
  options: StartOptions & { start?: boolean; config?: Config } = {},
): Promise<Server> {
  const { databaseUrl, adminUrl, home: configuredHome } = options.config ?? config();
  if (databaseUrl !== undefined) {
    return { kind: 'external', serviceUrl: databaseUrl, adminUrl: adminUrl ?? databaseUrl, host: undefined };
  }
  const home = options.home ?? configuredHome;
  const found = findServer(home) ?? (options.start ? await startServer({ ...options, home }) : undefined);
  if (found === undefined) {
    throw new OperatorError('The database is not running.', {
      detail: `No embedded server runs in ${home}, and DATABASE_URL is not set.`,
      hint: 'Type: ./monthend db start',
      exitCode: exitCodes.notReady,
    });
  }
  return {
    kind: 'embedded',
    serviceUrl: found.serviceUrl,
    adminUrl: found.adminUrl,
    host: hostFacts(found.data),
  };
}
