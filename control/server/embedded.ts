import { closeSync, existsSync, openSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { config } from '../config.ts';
import { errno, OperatorError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { type Binaries, copyNative, findBinaries, inspectNative } from './binaries.ts';
import { bootstrap } from './bootstrap.ts';
import { chooseMode, dataParent, type Identity, identityFor, sharedFolder } from './identity.ts';
import { checkVersion, hasData, initialise } from './initialise.ts';
import { type Layout, layoutOf, socketFolder } from './layout.ts';
import { withFileLock } from './lock.ts';
import { endOrphans, exists, processesOf, readPidFile, serves, waitUntilGone } from './processes.ts';
import { hostFacts, settingsFor } from './settings.ts';
import { newState, readState, type ServerState, writeState } from './state.ts';
import { diskIsFull, failedStart, keepLogShort, logEnd } from './log.ts';

/** The one database of an embedded server. */
const databaseName = 'monthend';

export interface StartOptions {
  /** The folder of the server; default: MONTHEND_HOME. */
  readonly home?: string;
  /** Told what takes long, one line each; default: silence. */
  readonly onProgress?: (line: string) => void;
  /** A smaller cache than the machine's quarter: for servers that tests start. */
  readonly maxSharedBuffersBytes?: number;
}

/** A server that accepts connections. */
export interface RunningServer {
  readonly pid: number;
  readonly port: number;
  readonly socketFolder: string;
  readonly data: string;
  readonly log: string;
  readonly startedAt: Date | undefined;
  /** True if this call started it, false if it was found running. */
  readonly started: boolean;
  /** The bootstrap superuser, for `install` alone. */
  readonly adminUrl: string;
  /** The service's login, which is no superuser. */
  readonly serviceUrl: string;
}

function urlOf(login: { user: string; password: string }, port: number, database: string): string {
  return `postgresql://${login.user}:${encodeURIComponent(login.password)}@127.0.0.1:${port}/${database}`;
}

/** Present in the data folder once login and database were made. */
const bootstrappedMark = (data: string): string => join(data, 'monthend.bootstrapped');

function running(layout: Layout, state: ServerState, started: boolean): RunningServer | undefined {
  const found = readPidFile(state.data);
  if (found?.port === undefined || found.status !== 'ready' || !serves(found.pid, state.data)) {
    return undefined;
  }
  return {
    pid: found.pid,
    port: found.port,
    socketFolder: found.socketFolder ?? '',
    data: state.data,
    log: layout.log,
    startedAt: found.startedAt,
    started,
    adminUrl: urlOf(state.superuser, found.port, databaseName),
    serviceUrl: urlOf(state.service, found.port, databaseName),
  };
}

function isFree(port: number): Promise<boolean> {
  return new Promise((settle) => {
    const probe = createServer();
    probe.once('error', () => settle(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => settle(true)));
  });
}

function anyFreePort(): Promise<number> {
  return new Promise((settle, fail) => {
    const probe = createServer();
    probe.once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => settle(port));
    });
  });
}

/**
 * Clears what a crash left: backends without a postmaster, and a pid file whose number now belongs to
 * another program, which PostgreSQL itself would take for a running server.
 */
async function clearRemains(state: ServerState, sockets: string, port: number): Promise<void> {
  await endOrphans(state.data);
  if (processesOf(state.data).length > 0) return; // PostgreSQL's own checks say what is wrong.
  const stale = readPidFile(state.data);
  if (stale !== undefined && exists(stale.pid) && !serves(stale.pid, state.data)) {
    unlinkSync(join(state.data, 'postmaster.pid'));
  }
  for (const name of [`.s.PGSQL.${port}`, `.s.PGSQL.${port}.lock`]) {
    rmSync(join(sockets, name), { force: true });
  }
}

/** Waits until the server takes connections: as long as it lives, for recovery may take minutes. */
async function waitUntilReady(
  state: ServerState,
  pid: number,
  isAlive: () => boolean,
  interrupted: AbortSignal,
  onProgress: (line: string) => void,
): Promise<boolean> {
  const begin = Date.now();
  for (let told = 0; ; ) {
    const found = readPidFile(state.data);
    if (found?.pid === pid && found.status === 'ready') return true;
    if (!isAlive()) return false;
    interrupted.throwIfAborted();
    const seconds = Math.floor((Date.now() - begin) / 1000);
    if (seconds >= told + 10) {
      told = seconds;
      onProgress(`the database is recovering from a crash (${seconds} s so far)`);
    }
    await sleep(20);
  }
}

async function launch(
  layout: Layout,
  state: ServerState,
  binaries: Binaries,
  identity: Identity,
  options: StartOptions,
  interrupted: AbortSignal,
): Promise<void> {
  const sockets = socketFolder(dataParent(layout.home, state.mode), identity.owner);
  const port = state.port !== undefined && (await isFree(state.port)) ? state.port : await anyFreePort();
  await clearRemains(state, sockets, port);
  writeState(layout.state, { ...state, port });
  const settings = settingsFor(hostFacts(state.data), {
    port, socketFolder: sockets, maxSharedBuffersBytes: options.maxSharedBuffersBytes,
  });
  writeFileSync(join(state.data, 'monthend.conf'), settings, { mode: 0o644 });

  keepLogShort(layout.log);
  const log = openSync(layout.log, 'a', 0o600);
  const logStart = statSync(layout.log).size;
  const child = identity.start(binaries.postgres, ['-D', state.data], {
    cwd: state.data, stdio: ['ignore', log, log],
  });
  closeSync(log);
  let failure: Error | undefined;
  let alive = true;
  child.once('error', (error) => { failure = error; alive = false; });
  child.once('exit', () => { alive = false; });

  try {
    const ready = await waitUntilReady(
      state, child.pid ?? -1, () => alive, interrupted, options.onProgress ?? (() => undefined),
    );
    if (!ready) throw failedStart(layout.log, logStart, state.data, failure);
  } catch (error) {
    // Whatever stopped the wait: nothing that we started stays behind.
    if (alive) {
      child.kill('SIGINT');
      await waitUntilGone(() => alive, 60_000);
    }
    throw error;
  }
  child.unref();
}

/** The programs, where PostgreSQL's user can reach them. */
function binariesFor(layout: Layout, identity: Identity): Binaries {
  const found = findBinaries(layout.home, config().postgresNative);
  if (identity.mode !== 'drop') return found;
  return inspectNative(copyNative(found.native, sharedFolder(), found.version));
}

async function startUnderLock(
  layout: Layout,
  options: StartOptions,
  interrupted: AbortSignal,
): Promise<RunningServer> {
  const onProgress = options.onProgress ?? (() => undefined);
  const recorded = readState(layout.state);
  const mode = chooseMode(config().rootMode, recorded?.mode);
  const identity = identityFor(mode);
  const data = recorded?.data ?? join(dataParent(layout.home, mode), 'data');
  if (recorded === undefined && hasData(data)) {
    throw new OperatorError('The credentials of the embedded server are gone.', {
      detail: `${data} has a database, ${layout.state} does not exist.`,
      hint: 'Put the file back from a backup; or remove the data folder to begin anew.',
    });
  }
  const state = recorded ?? newState({ data, mode });

  const before = readPidFile(data);
  let started = false;
  if (before !== undefined && serves(before.pid, data)) {
    // Somebody was killed between starting the server and seeing it ready, or it is still recovering.
    const ready = await waitUntilReady(
      state, before.pid, () => serves(before.pid, data), interrupted, onProgress,
    );
    if (!ready) return startUnderLock(layout, options, interrupted);
  } else {
    const binaries = binariesFor(layout, identity);
    if (hasData(data)) {
      checkVersion(data, binaries);
    } else {
      onProgress(`making a PostgreSQL ${binaries.version} in ${data}`);
      writeState(layout.state, state);
      await initialise(data, binaries, identity, state.superuser, interrupted);
    }
    await launch(layout, state, binaries, identity, options, interrupted);
    started = true;
  }

  const server = running(layout, state, started);
  if (server === undefined) throw failedStart(layout.log, 0, data, undefined);
  if (!existsSync(bootstrappedMark(data))) {
    await bootstrap((database) => urlOf(state.superuser, server.port, database), state.service, databaseName);
    writeFileSync(bootstrappedMark(data), `${new Date().toISOString()}\n`);
  }
  return server;
}

/**
 * Starts the embedded server, or finds it running. Of several calls at once, in any processes, one
 * starts it and the others get the same server. It outlives this process. Ctrl-C while it starts
 * stops what was begun and throws an OperatorError with the exit code for that.
 */
export async function startServer(options: StartOptions = {}): Promise<RunningServer> {
  const layout = layoutOf(options.home ?? config().home);
  const interruption = new AbortController();
  const stop = (): void => interruption.abort(
    new OperatorError('Interrupted while the database was starting.', {
      exitCode: exitCodes.interrupted,
    }),
  );
  const waiting = (): void => options.onProgress?.('another start is under way: waiting for it');
  return withFileLock(layout.lock, waiting, async () => {
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
    for (const signal of signals) process.on(signal, stop);
    try {
      return await startUnderLock(layout, options, interruption.signal);
    } catch (error) {
      throw errno(error) === 'ENOSPC' ? diskIsFull(layout.home, error) : error;
    } finally {
      for (const signal of signals) process.off(signal, stop);
    }
  });
}

/**
 * Stops the embedded server; false if none was running. `fast` ends sessions and writes a checkpoint,
 * `immediate` leaves recovery to the next start.
 */
export async function stopServer(
  options: { home?: string; mode?: 'fast' | 'immediate'; onProgress?: (line: string) => void } = {},
): Promise<boolean> {
  const layout = layoutOf(options.home ?? config().home);
  return withFileLock(layout.lock, () => undefined, async () => {
    const state = readState(layout.state);
    const found = state && readPidFile(state.data);
    if (state === undefined || found === undefined || !serves(found.pid, state.data)) return false;
    process.kill(found.pid, options.mode === 'immediate' ? 'SIGQUIT' : 'SIGINT');
    const left = (): boolean => serves(found.pid, state.data) || processesOf(state.data).length > 0;
    for (let seconds = 10; !(await waitUntilGone(left, 10_000)); seconds += 10) {
      options.onProgress?.(`the database is writing its last checkpoint (${seconds} s so far)`);
      if (seconds >= 600) {
        throw new OperatorError('The embedded server did not stop in ten minutes.', {
          detail: `pid ${found.pid}; the end of ${layout.log}: ${logEnd(layout.log, 0)}`,
          hint: 'Look for sessions in a long write; db stop --immediate leaves the rest to recovery.',
        });
      }
    }
    // The short folder of the socket is all that a server has outside its home.
    if (found.socketFolder?.startsWith('/tmp/')) rmSync(found.socketFolder, { recursive: true, force: true });
    return true;
  });
}

/** The server if it runs and takes connections, else undefined. Starts nothing and waits for nothing. */
export function findServer(home: string = config().home): RunningServer | undefined {
  if (!existsSync(home)) return undefined;
  const layout = layoutOf(home);
  const state = readState(layout.state);
  if (state === undefined) return undefined;
  const server = running(layout, state, false);
  return server !== undefined && existsSync(bootstrappedMark(state.data)) ? server : undefined;
}
