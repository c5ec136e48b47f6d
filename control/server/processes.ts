import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errno } from '../errors.ts';

// Process ids are used again (at once in a restarted container), so an id alone proves nothing. Every
// process of PostgreSQL works in its data folder: that is what it is recognised by on Linux.

const hasProc = process.platform === 'linux';

/** True while the process exists, whoever it belongs to. */
export function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errno(error) === 'EPERM';
  }
}

function worksIn(pid: number, folder: { dev: number; ino: number }): boolean {
  try {
    const cwd = statSync(`/proc/${pid}/cwd`);
    return cwd.dev === folder.dev && cwd.ino === folder.ino;
  } catch {
    // Gone, a zombie, or somebody else's.
    return false;
  }
}

function looksLikePostgres(pid: number): boolean {
  try {
    // Backends rewrite their command line to 'postgres: …'; the postmaster keeps its path.
    return /(^|\/)postgres(:|$)/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0] ?? '');
  } catch {
    return false;
  }
}

/** True if the process is alive and serves this data folder. */
export function serves(pid: number, data: string): boolean {
  if (!exists(pid)) return false;
  if (!hasProc) return true;
  try {
    return worksIn(pid, statSync(data)) && looksLikePostgres(pid);
  } catch {
    return false;
  }
}

/** The PostgreSQL processes that work in this data folder, postmaster or not. */
export function processesOf(data: string): number[] {
  if (!hasProc) return [];
  let folder;
  try {
    folder = statSync(data);
  } catch {
    return [];
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => worksIn(pid, folder) && looksLikePostgres(pid));
}

/** Waits until none of the processes is left; false when the time is over. */
export async function waitUntilGone(isLeft: () => boolean, timeoutMs: number): Promise<boolean> {
  const end = Date.now() + timeoutMs;
  while (isLeft()) {
    if (Date.now() > end) return false;
    await sleep(25);
  }
  return true;
}

/**
 * Backends whose postmaster was killed notice it only when they next wait: one in the middle of a long
 * statement goes on writing, and PostgreSQL doesn't start beside it. Asks them to end, then insists.
 */
export async function endOrphans(data: string): Promise<void> {
  const left = (): boolean => processesOf(data).length > 0;
  for (const [signal, waitMs] of [['SIGTERM', 5_000], ['SIGQUIT', 5_000], ['SIGKILL', 5_000]] as const) {
    if (await waitUntilGone(left, signal === 'SIGTERM' ? 1_000 : 0)) return;
    for (const pid of processesOf(data)) {
      try {
        process.kill(pid, signal);
      } catch {
        // Ended by itself in between.
      }
    }
    if (await waitUntilGone(left, waitMs)) return;
  }
}

/** What a running server tells in its postmaster.pid. */
interface PidFile {
  readonly pid: number;
  readonly port: number | undefined;
  readonly socketFolder: string | undefined;
  readonly startedAt: Date | undefined;
  /** `starting`, `ready`, `stopping`, or undefined while the file is half written. */
  readonly status: string | undefined;
}

/** Reads postmaster.pid; undefined if there is none. */
export function readPidFile(data: string): PidFile | undefined {
  let lines: string[];
  try {
    lines = readFileSync(join(realpathSync(data), 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return undefined;
  }
  const number = (line: number): number | undefined => {
    const value = Number(lines[line]?.trim() || NaN);
    return Number.isInteger(value) ? value : undefined;
  };
  const pid = number(0);
  if (pid === undefined) return undefined;
  const started = number(2);
  return {
    pid,
    port: number(3),
    socketFolder: lines[4]?.trim() || undefined,
    startedAt: started === undefined ? undefined : new Date(started * 1000),
    status: lines[7]?.trim() || undefined,
  };
}
