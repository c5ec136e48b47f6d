import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectFolder } from '../../control/config.ts';

// The real command line as a process of its own: what it prints, what it ends with, what it costs.

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs. */
export interface Running {
  readonly pid: number;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly isRunning: () => boolean;
  /** What it has printed so far. */
  readonly said: () => { readonly stdout: string; readonly stderr: string };
  readonly ended: Promise<Ended>;
}

export interface RunOptions {
  /** Variables on top of PATH and DATABASE_URL. */
  readonly env?: NodeJS.ProcessEnv;
  /** Started in place of the launcher, with the arguments. */
  readonly program?: string;
}

export const launcher = join(projectFolder, 'monthend');

const started: ChildProcess[] = [];

/** Starts `./monthend ARGS` on a database; the launcher becomes Node, so the pid is that of the control plane. */
export function start(url: string, args: readonly string[], options: RunOptions = {}): Running {
  const child = spawn(options.program ?? launcher, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, DATABASE_URL: url, ...options.env },
  });
  started.push(child);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text; });
  child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr += text; });
  return {
    pid: child.pid ?? -1,
    kill: (signal) => void child.kill(signal),
    isRunning: () => child.exitCode === null && child.signalCode === null,
    said: () => ({ stdout, stderr }),
    ended: once(child, 'close').then(() => ({ code: child.exitCode, signal: child.signalCode, stdout, stderr })),
  };
}

/** Runs a command to its end. */
export const run = (url: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> =>
  start(url, args, options).ended;

/** Ends what tests that failed have left running; for afterAll. */
export function endCommands(): void {
  for (const child of started.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  }
}

/**
 * Looks until there is something other than undefined and returns it. The time is a limit for what
 * hangs; `what` and the last state are what the error says then.
 */
export async function until<Found>(
  what: string, look: () => Promise<Found | undefined> | Found | undefined,
  options: { withinMs?: number; state?: () => unknown } = {},
): Promise<Found> {
  const deadline = Date.now() + (options.withinMs ?? 60_000);
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) {
      throw new Error(`Waited in vain: ${what}; ${JSON.stringify(options.state?.() ?? null)}`);
    }
    await sleep(50);
  }
}

/** The most memory that a process has had resident, in bytes; undefined when it is gone. */
export function peakMemoryBytes(pid: number): number | undefined {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}
