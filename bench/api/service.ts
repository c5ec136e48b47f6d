import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { hashKey, makeKey } from '../../control/access.ts';
import { projectFolder } from '../../control/config.ts';
import { createApiKey } from '../../control/database/access.ts';
import { OperatorError } from '../../control/errors.ts';
import { connect } from '../../control/server/index.ts';

/** The API of a database, in a process of its own. */
export interface BenchService {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Resident memory of its process; undefined once it has ended. */
  readonly residentBytes: () => number | undefined;
  /** Rejects with an OperatorError where it ends before it is told to. */
  readonly lost: Promise<never>;
  readonly stop: () => Promise<void>;
}

async function operatorKey(databaseUrl: string): Promise<string> {
  const client = await connect({ url: databaseUrl, applicationName: 'monthend bench', role: 'monthend_operator' });
  const key = makeKey();
  try {
    await createApiKey(client, 'bench', 'operator', hashKey(key), new Date(Date.now() + 86_400_000));
    return key;
  } finally {
    await client.end();
  }
}

/** Starts `monthend serve`, the operator's own command, and waits until it is ready. */
export async function startService(databaseUrl: string, sessions: number, signal: AbortSignal): Promise<BenchService> {
  const headers = { authorization: `Bearer ${await operatorKey(databaseUrl)}` };
  const child = spawn(
    join(projectFolder, 'monthend'), ['serve', '--port', '0', '--sessions', String(sessions)],
    { env: { ...process.env, DATABASE_URL: databaseUrl, MONTHEND_ADMIN_URL: '', MONTHEND_API_RATE: '100000', LOG_LEVEL: 'warn' },
      stdio: ['ignore', 'pipe', 'inherit'], signal, killSignal: 'SIGTERM' },
  );
  const gone = once(child, 'exit');
  let isToEnd = false;
  const lost = gone.then(([code, killedBy]: (string | number | null)[]) => {
    if (isToEnd) return new Promise<never>(() => undefined);
    throw new OperatorError('The service ended while it was measured.', {
      detail: killedBy === null ? `exit code ${code}` : `by ${killedBy}`, hint: 'Its message stands above; without one, look for want of memory: dmesg, NODE_OPTIONS.',
    });
  });
  lost.catch(() => undefined);
  const [link] = (await Promise.race([once(createInterface(child.stdout), 'line'), gone])) as [string | number | null];
  if (typeof link !== 'string') throw new OperatorError('The service did not start.', { detail: 'Its message stands above.' });
  const url = new URL(link).origin;
  while ((await fetch(`${url}/readyz`)).status !== 200) await sleep(100, undefined, { signal });
  return {
    url, headers, lost,
    residentBytes: () => {
      if (child.exitCode !== null || child.signalCode !== null) return undefined;
      const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
      return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
    },
    stop: async () => {
      isToEnd = true;
      child.kill('SIGTERM');
      await gone;
    },
  };
}
