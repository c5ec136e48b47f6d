import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { aborted } from 'node:util';
import { config } from '../control/config.ts';
import { findApiKey } from '../control/database/access.ts';
import type { BatchKey } from '../control/database/batch.ts';
import { readScreen, shownForMs } from '../control/database/monitoring.ts';
import { OperatorError } from '../control/errors.ts';
import { exitCodes } from '../control/exit-codes.ts';
import { calendarOf } from '../control/jobs/calendar.ts';
import { type ControlPlane, startControlPlane } from '../control/jobs/control-plane.ts';
import { type Log, logError } from '../control/log.ts';
import { freeBytesOf, isRefused, type Server as DatabaseServer } from '../control/server/index.ts';
import { hostInUrl, loopbackHosts } from '../control/values.ts';
import { createApp } from './app.ts';
import { createAudit } from './access/audit.ts';
import { createAuthenticate, createLocalLogin, createRecheck } from './access/auth.ts';
import { createBrowserLogins } from './access/browser-logins.ts';
import { createFeeds } from './live/event-feed.ts';
import { createFollowers } from './live/followers.ts';
import { createScreens } from './live/screen.ts';
import { type Connection, createHttpServer } from './http/http-server.ts';
import { createMetrics } from './operations/metrics.ts';
import { startNotifications } from './live/notifications.ts';
import { createTokenCheck } from './access/oidc.ts';
import { onceASecond } from './once-a-second.ts';
import { createReadiness } from './operations/ready.ts';
import type { Service } from './routes/route.ts';
import { createPools, endPools, withOwn } from './pools.ts';

interface ServeOptions {
  readonly server: DatabaseServer;
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  /** Sessions that this process gives to batches. */
  readonly sessions: number;
  readonly log: Log;
}

interface Serving {
  readonly url: string;
  /** Lets a browser in, once; undefined where keys alone do. */
  readonly loginUrl: string | undefined;
  /** Returns once the control plane is there, or told to stop; throws where the server refuses the login. */
  readonly started: Promise<void>;
  /** Ends API and sessions of this process: what they are at may end, until it is enough; what is committed stays. */
  readonly stop: (enough: AbortSignal) => Promise<void>;
}

const retryEveryMs = 2_000;

/** A control plane as soon as the database lets one start; `started` returns then, or once told to stop, and throws where it never will. */
function comingPlane(
  start: () => Promise<ControlPlane>, onFault: (error: unknown) => void, stopping: AbortSignal,
): { readonly plane: () => ControlPlane | undefined; readonly started: Promise<void> } {
  let plane: ControlPlane | undefined;
  const started = (async () => {
    while (plane === undefined && !stopping.aborted) {
      try {
        plane = await start();
      } catch (error) {
        if (isRefused(error)) throw error;
        onFault(error);
        await sleep(retryEveryMs, undefined, { signal: stopping }).catch(() => undefined);
      }
    }
  })();
  // whoever waits for it hears of it
  started.catch(() => undefined);
  return { plane: () => plane, started };
}

/** Listens, and says at which port. Throws an OperatorError where that can't be. */
async function listen(http: Server, host: string, port: number): Promise<number> {
  try {
    await new Promise<void>((resolve, reject) => { http.once('error', reject).listen(port, host, resolve); });
  } catch (error) {
    throw new OperatorError(`${host}:${port} can't be listened at.`, {
      detail: (error as Error).message, hint: 'Choose another --port, or end what listens there.', exitCode: exitCodes.usage, cause: error,
    });
  }
  return (http.address() as AddressInfo).port;
}

/**
 * The API and a control plane in one process. A database that is away, now or later, is waited for:
 * /readyz says so, nothing ends; one that refuses the login is not. Throws an OperatorError where the address can't be listened at.
 */
export async function startServing({ server, host, port, sessions, log }: ServeOptions): Promise<Serving> {
  const pools = createPools(server.serviceUrl);
  const notifications = startNotifications(server.serviceUrl);
  const feeds = createFeeds(pools.events, notifications);
  const stopping = new AbortController();
  const onFault = (error: unknown, fields?: object): void => logError(log, error, fields);

  const { plane, started } = comingPlane(
    () => startControlPlane(server.serviceUrl, sessions, onFault, calendarOf(sessions, (line) => log.info(line)), log), onFault, stopping.signal,
  );

  const isLocal = loopbackHosts.includes(host);
  const browsers = createBrowserLogins(!isLocal);
  const { oidc, apiRate } = config();
  const authenticate = createAuthenticate({
    findKey: (hash) => withOwn(pools.reads, (client) => findApiKey(client, hash)), checkToken: oidc && createTokenCheck(oidc), browsers,
  });
  // of a batch that has ended there may be another attempt at once
  const readFresh = onceASecond((key: BatchKey) => readScreen(pools.events, key), (screen) => (screen.batch.is_running ? shownForMs(screen) : 1_000));
  const screens = createScreens(readFresh);
  const service: Service = {
    pools, browsers, feeds, follow: createFollowers(createRecheck(authenticate)),
    readScreen: readFresh, screens, plane,
    profile: { sessions, freeBytes: () => freeBytesOf(server) },
  };
  const local = isLocal ? createLocalLogin(browsers) : undefined;
  const readiness = createReadiness(pools.reads, plane);
  const metrics = createMetrics({
    pools, plane, isReady: async () => (await readiness()).status === 'ready', onFault,
  });
  const hosts = new Set<string>();
  const trail = createAudit(pools, onFault);
  const app = createApp(service, {
    audit: trail.audit, authenticate, local, rate: apiRate, readiness, metrics, log, onFault, ...(local !== undefined && { hosts }),
    addressOf: (context) => (context.env as Connection).incoming.socket.remoteAddress ?? 'unknown',
  });

  const http = createHttpServer(app.fetch, trail.audit);
  const stop = async (enough: AbortSignal): Promise<void> => {
    stopping.abort();
    feeds.stop();
    screens.stop();
    const closed = new Promise<void>((resolve) => http.close(() => resolve()));
    await started.catch(() => undefined);
    await Promise.all([plane()?.drain(enough), Promise.race([closed, aborted(enough, http)])]);
    await plane()?.stop();
    http.closeAllConnections();
    await closed;
    await notifications.stop();
    await trail.end();
    await endPools(pools);
  };
  const actual = await listen(http, host, port).catch(async (error: unknown) => {
    await stop(AbortSignal.abort());
    throw error;
  });
  for (const name of loopbackHosts) hosts.add(`${hostInUrl(name)}:${actual}`);
  const url = `http://${hostInUrl(host)}:${actual}`;
  return { url, loginUrl: local && `${url}/login?token=${local.token}`, started, stop };
}
