import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { config } from '../config.ts';
import { listApiKeys } from '../database/access.ts';
import { OperatorError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { openLog } from '../log.ts';
import { resolveServer } from '../server/index.ts';
import { withService } from '../database/session.ts';
import { stopSignals } from '../stop-signals.ts';
import { loopbackHosts } from '../values.ts';
import { defaultSessions } from './close.ts';
import { example, wholeNumber } from './options.ts';

const askEveryMs = 2_000;

/**
 * Elsewhere than on this machine only keys and tokens let in: there has to be a key, or an issuer. False where the
 * database doesn't tell; throws an OperatorError where it says that there is no key.
 */
async function isReachableByKey(host: string): Promise<boolean> {
  if (loopbackHosts.includes(host) || config().oidc !== undefined) return true;
  const keys = await withService('monthend serve', (client) => listApiKeys(client)).catch(() => undefined);
  if (keys === undefined) return false;
  if (keys.some((key) => key.revoked_at === null && key.expires_at > new Date())) return true;
  throw new OperatorError(`Nobody could use the API at ${host}.`, {
    detail: 'The one-time link works on this machine alone, and there is no valid key.',
    hint: './monthend key create NAME --role operator, then serve again', exitCode: exitCodes.usage,
  });
}

/** Asks until the database has said that there is a key: without one nobody is let in meanwhile. */
async function awaitKey(host: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !(await isReachableByKey(host))) await sleep(askEveryMs, undefined, { signal }).catch(() => undefined);
}

async function serve(options: { port: number; host: string; sessions: number }): Promise<void> {
  const server = await resolveServer();
  const isReachable = await isReachableByKey(options.host);
  // the API stands on the control plane, never the other way: this command alone brings it in
  const { startServing } = await import('../../api/serve.ts');
  const log = openLog(config().logLevel);
  // before it says what ends it
  const { told, enough } = stopSignals();
  const stopped = once(told, 'abort');
  const serving = await startServing({ server, ...options, log });
  log.info({ address: serving.url }, `monthend serve: ${serving.url}/api/v1, described by ${serving.url}/openapi.json; Ctrl-C ends it.`);
  if (serving.loginUrl !== undefined) console.log(serving.loginUrl);
  const work = async (): Promise<void> => {
    await serving.started;
    if (!isReachable) await awaitKey(options.host, told);
    await stopped;
  };
  try {
    await Promise.race([stopped, work()]);
  } finally {
    await serving.stop(enough);
  }
}

/** Adds `serve`. */
export function register(program: Command): void {
  const command = program
    .command('serve')
    .description('the HTTP API, and a control plane that works on its batches and starts scheduled ones, until told to stop')
    .option('--port <n>', 'the port; 0: a free one', wholeNumber(0, 65535), 8080)
    .option('--host <address>', 'the address to listen at', '127.0.0.1')
    .option('--sessions <n>', 'database sessions that this process gives to batches', wholeNumber(1, 250), defaultSessions())
    .action(serve);
  example(command, 'monthend serve --port 8080');
}
