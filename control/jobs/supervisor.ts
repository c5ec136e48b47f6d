import { setTimeout as sleep } from 'node:timers/promises';
import type { PgBoss } from 'pg-boss';
import * as database from '../database/jobs.ts';
import { inTransaction, type Queryable } from '../database/query.ts';
import { openSession } from '../database/session.ts';
import { type BatchJob, onSession, queues } from './boss.ts';

// Whether a job is alive is asked of its session, by the lock that it holds: pg-boss sees processes,
// and a process says nothing about the session that does the work. Any number of control planes may
// supervise; one looks at a time, and what it does is one transaction with what it saw.

interface Supervisor {
  /** Looks now, rather than in a moment. */
  readonly look: () => void;
  readonly stop: () => Promise<void>;
}

const lookEveryMs = 1_000;
/** A job may be without a session so long: it is opening one, or has just ended it. */
const missingForMs = 3_000;

/** When a job was first seen without its session, by the key of its attempt. */
type Missing = Map<string, number>;

/** Looks after the sessions of all batches until it is stopped; a database that is away is waited for. */
export function startSupervisor(url: string, boss: PgBoss, onError: (error: Error) => void): Supervisor {
  const stopping = new AbortController();
  const missing: Missing = new Map();
  let waiting = new AbortController();
  const run = async (): Promise<void> => {
    let client: Awaited<ReturnType<typeof openSession>>['client'] | undefined;
    while (!stopping.signal.aborted) {
      waiting = new AbortController();
      try {
        if (client === undefined) {
          ({ client } = await openSession(url, 'monthend supervisor'));
          await database.limitSupervision(client);
        }
        await supervise(client, boss, missing);
      } catch (error) {
        if (!stopping.signal.aborted) onError(error as Error);
        await client?.end().catch(() => undefined);
        client = undefined;
      }
      await sleep(lookEveryMs, undefined, { signal: AbortSignal.any([stopping.signal, waiting.signal]) }).catch(() => undefined);
    }
    await client?.end().catch(() => undefined);
  };
  const running = run();
  return {
    look: () => waiting.abort(),
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

/**
 * One look: gives back to the queue what lost its session, starts the sessions that are missing, ends
 * those that hang and those whose job is no longer theirs.
 */
async function supervise(client: Queryable, boss: PgBoss, missing: Missing): Promise<void> {
  const hung = [...await database.endHungLeases(client), ...await database.listHungSessions(client)];
  const strays = await inTransaction(client, async () => {
    await database.lockSupervision(client);
    // sessions before jobs: a session that was seen has a job that can be seen
    const sessions = new Map((await database.listJobSessions(client)).map(({ lockKey, pid }) => [lockKey, pid]));
    const jobs = await database.listUnfinishedJobs(client, Object.values(queues));
    const active = jobs.filter(({ state }) => state === 'active');
    for (const job of lostJobs(active, sessions, hung, missing)) {
      const { id, name, retryCount } = job;
      await boss.fail(name, { id, retryCount }, { message: 'its session is gone or hangs' }, onSession(client));
      // it was waited for already: what comes on top is for errors
      await boss.update(name, undefined, { id, startAfter: 0, ...onSession(client) });
    }
    for (const batch of await database.listWantedSessions(client)) {
      await startSessions(client, boss, batch, jobs);
    }
    const owned = new Set(active.map(({ lockKey }) => lockKey));
    return [...sessions].filter(([lockKey]) => !owned.has(lockKey)).map(([, pid]) => pid);
  });
  const ending = [...hung, ...strays];
  if (ending.length > 0) await database.terminateBackends(client, ending);
}

/** Active jobs whose session hangs, or has been missing for long enough. */
function lostJobs(
  active: readonly database.UnfinishedJob[], sessions: ReadonlyMap<string, number>, hung: readonly number[], missing: Missing,
): database.UnfinishedJob[] {
  const now = Date.now();
  const gone = active.filter(({ lockKey }) => !sessions.has(lockKey));
  const goneKeys = new Set(gone.map(({ lockKey }) => lockKey));
  for (const key of missing.keys()) if (!goneKeys.has(key)) missing.delete(key);
  for (const key of goneKeys) if (!missing.has(key)) missing.set(key, now);
  return active.filter(({ lockKey }) => {
    const pid = sessions.get(lockKey);
    return pid === undefined ? now - (missing.get(lockKey) ?? now) >= missingForMs : hung.includes(pid);
  });
}

/** Every live session has a job, so what is missing is missing among the jobs. */
async function startSessions(
  client: Queryable, boss: PgBoss, { sessions, ...batch }: BatchJob & { readonly sessions: number },
  jobs: readonly database.UnfinishedJob[],
): Promise<void> {
  const there = jobs.filter((job) =>
    job.batchId === batch.batchId && job.ledgerId === batch.ledgerId && job.attempt === batch.attempt).length;
  if (there >= sessions) return;
  const data: BatchJob = batch;
  await boss.insert(queues.session, Array.from({ length: sessions - there }, () => ({ data })), onSession(client));
}
