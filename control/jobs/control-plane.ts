import { aborted } from 'node:util';
import type pg from 'pg';
import { work } from '../database/batch.ts';
import { withSession } from '../database/session.ts';
import type { Log } from '../log.ts';
import { sendAlerts, submitNotices } from './alerts.ts';
import { type BatchJobs, batchJobs, type JobOutcome } from './batch-jobs.ts';
import { type BatchJob, queues, type RunJob, startBoss } from './boss.ts';
import { type CalendarOptions, followCalendar } from './calendar.ts';
import { createJobSessions } from './job-sessions.ts';
import { logEvents } from './log-events.ts';
import { outOfOrder, runBatch } from './run-batch.ts';
import { startSampler } from './sampler.ts';
import { startSupervisor } from './supervisor.ts';
import { restoreWindow, withWindow } from './window.ts';

export interface ControlPlane extends BatchJobs {
  /** The sessions of this process that work on jobs, and the jobs of all, as pg-boss last counted them. */
  readonly load: () => Promise<Load>;
  /** Takes no further job, and lets sessions finish the chunk, step or phase that they are at, until it is enough. */
  readonly drain: (enough: AbortSignal) => Promise<void>;
  /** Cancels the SQL of this process's sessions and ends them: their jobs go back to the queue. What is committed stays. */
  readonly stop: () => Promise<void>;
}

export interface Load {
  readonly sessions: number;
  readonly queues: readonly { readonly queue: string; readonly ready: number; readonly active: number }[];
}

// A retry becomes due without a notification, so a queue is looked at often even while those come.
const polling = { pollingIntervalSeconds: 0.5, notifyPollingIntervalSeconds: 1 } as const;
const cancelEveryMs = 250;

/**
 * Starts pg-boss and works on its jobs in this process, `sessions` at a time; with a calendar, it also
 * starts the batches that are scheduled; with a log, it tells of its jobs and their batches.
 */
export async function startControlPlane(
  url: string, sessions: number, onError: (error: Error) => void, calendar?: CalendarOptions, log?: Log,
): Promise<ControlPlane> {
  // as all of its sessions connect: where they can't, this says why
  await withSession(url, 'monthend control', () => Promise.resolve());
  const boss = await startBoss(url, onError, { cron: calendar !== undefined });
  await restoreWindow(url);
  const stopping = new AbortController();
  const working = createJobSessions(url, { onError, log, stopping: stopping.signal });
  const supervisor = startSupervisor(url, boss, onError);
  const sampler = startSampler(url, onError, (client) => submitNotices(client, boss));

  const drain = async (enough: AbortSignal): Promise<void> => {
    stopping.abort();
    await working.leave(() => Promise.race([
      Promise.all(Object.values(queues).map((queue) => boss.offWork(queue))), aborted(enough, boss),
    ]));
  };

  const stop = async (): Promise<void> => {
    stopping.abort();
    await Promise.all([sampler.stop(), supervisor.stop()]);
    await working.cancel();
    // A cancel that comes between two statements meets nothing: told again until all have ended.
    const again = setInterval(() => void working.cancel(), cancelEveryMs);
    await boss.stop({ graceful: true, timeout: 5_000 }).finally(() => clearInterval(again));
    await working.end();
  };

  const runJob = async (job: Parameters<typeof working.run>[0] & { readonly data: RunJob }): Promise<JobOutcome> =>
    working.run(job, async (client) => {
      const { freeBytes } = job.data;
      const events = log && logEvents(url, job.data, log);
      await withWindow(url, () => runBatch(client, job.data, {
        freeBytes: freeBytes === undefined ? undefined : BigInt(freeBytes),
        isStopping: () => stopping.signal.aborted || job.signal.aborted,
        onWork: supervisor.look,
      }), onError).finally(() => events?.stop());
    });

  try {
    await boss.work<RunJob, JobOutcome>(
      queues.run, { localConcurrency: 2, ...polling }, async ([job]) => (job === undefined ? {} : runJob(job)),
    );
    await boss.work<BatchJob, JobOutcome>(
      queues.session, { localConcurrency: Math.max(1, sessions), ...polling },
      async ([job]) => (job === undefined ? {} : working.run(job, (client) => workAlong(client, job.data))),
    );
    await sendAlerts(boss, url);
    if (calendar !== undefined) await followCalendar(boss, url, calendar, onError);
  } catch (error) {
    // the database is gone again: nothing of this may go on when the caller tries anew
    await stop().catch(onError);
    throw error;
  }

  return {
    ...batchJobs(boss, url),
    load: async () => ({
      sessions: working.count(),
      queues: (await boss.getQueues(Object.values(queues)))
        .map(({ name, readyCount, activeCount }) => ({ queue: name, ready: readyCount, active: activeCount })),
    }),
    drain: (enough) => drain(enough).catch(onError),
    stop,
  };
}

/** Works on a batch as one of its sessions; comes too late where the others are done. */
const workAlong = (client: pg.Client, batch: BatchJob): Promise<void> =>
  work(client, batch).catch((error: { code?: string }) => { if (error.code !== outOfOrder) throw error; });
