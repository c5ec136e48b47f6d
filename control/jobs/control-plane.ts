import { aborted } from 'node:util';
import type { Job } from 'pg-boss';
import { ended, findBatch, work } from '../database/batch.ts';
import { askToLeave, cancelBackends, earlierSessions, holdJob, scaleBatch, terminateBackends } from '../database/jobs.ts';
import type { Queryable } from '../database/query.ts';
import { setSessionSettings } from '../database/window.ts';
import { openSession, type ServiceSession } from '../database/session.ts';
import { OperatorError } from '../errors.ts';
import { type Log, logError } from '../log.ts';
import { exitCodeOf, reportOf, type ErrorReport } from '../error-report.ts';
import { restoreWindow, withWindow } from './window.ts';
import { sendAlerts, submitNotices } from './alerts.ts';
import { type BatchJob, queues, type RunJob, startBoss } from './boss.ts';
import { type CalendarOptions, followCalendar } from './calendar.ts';
import { logEvents } from './log-events.ts';
import { outOfOrder, runBatch } from './run-batch.ts';
import { startSampler } from './sampler.ts';
import { onSession, startSupervisor } from './supervisor.ts';

export interface ControlPlane {
  /** Has a batch taken to its end, here or by another control plane; in the session's transaction, if given. Returns the job's id. */
  readonly submit: (job: RunJob, client?: Queryable) => Promise<string>;
  /** How a submitted job ended; undefined while it is waiting or running. */
  readonly outcome: (jobId: string) => Promise<JobOutcome | undefined>;
  /** Takes a submitted job back; the batch's sessions too, wherever they run, unless another job has it. */
  readonly withdraw: (jobId: string, batch: BatchJob) => Promise<void>;
  /** Ends all jobs of a batch that has ended: those of control planes that were killed stay active. */
  readonly clear: (batch: BatchJob) => Promise<void>;
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

/** What a job leaves: nothing, or the error that ended it. */
interface JobOutcome {
  readonly error?: ErrorReport;
}

// Classes of errors that may pass: lost connection, rollback for concurrency, no resources, terminated.
const mayPass = /^(08|40|53|57P|55P03)/;

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
  const boss = await startBoss(url, onError, { cron: calendar !== undefined });
  await restoreWindow(url);
  const open = new Set<ServiceSession>();
  const supervisor = startSupervisor(url, boss, onError);
  const sampler = startSampler(url, onError, (client) => submitNotices(client, boss));
  let stopping = false;

  const aside = async (task: (client: ServiceSession['client']) => Promise<unknown>): Promise<void> => {
    const { client } = await openSession(url, 'monthend control');
    await task(client).finally(() => client.end());
  };

  const stopSessions = async (some: Iterable<ServiceSession>): Promise<void> => {
    const pids = [...some].map((session) => session.pid);
    if (pids.length > 0) await aside((client) => cancelBackends(client, pids));
  };

  /** Runs one job in a session of its own, once what an earlier attempt executes has ended. */
  const inSession = async (
    job: Job<BatchJob>, task: (session: ServiceSession) => Promise<void>,
  ): Promise<JobOutcome> => {
    const { batchId: batch, ledgerId: ledger, attempt: ofAttempt } = job.data;
    const session = await openSession(url, `monthend ${job.name} ${ledger}/${batch}`);
    const told = log?.child({ part: 'job', batch, ledger, attempt: ofAttempt, queue: job.name, job: job.id, session: session.pid });
    told?.info('the job begins');
    open.add(session);
    const abort = (): void => void stopSessions([session]).catch(onError);
    job.signal.addEventListener('abort', abort);
    try {
      if (stopping) throw new Error('The control plane is stopping.');
      await setSessionSettings(session.client);
      await holdJob(session.client, job);
      const earlier = job.retryCount > 0 ? await earlierSessions(session.client, job) : [];
      if (earlier.length > 0) await aside((client) => terminateBackends(client, earlier));
      const { attempt, status } = await findBatch(session.client, job.data);
      if (attempt === job.data.attempt && !ended.has(status)) await task(session);
      return {};
    } catch (error) {
      if (told !== undefined) logError(told, error);
      const report = reportOf(error);
      // A job goes back to the queue, for other control planes; who asked for it may withdraw it.
      if (stopping) throw error;
      if ((report.sqlstate === undefined || mayPass.test(report.sqlstate)) && !isFinal(error)) throw error;
      return { error: report };
    } finally {
      job.signal.removeEventListener('abort', abort);
      open.delete(session);
      await session.client.end().catch(() => undefined);
      told?.info('the job ends');
    }
  };

  const drain = async (enough: AbortSignal): Promise<void> => {
    stopping = true;
    const { client } = await openSession(url, 'monthend control');
    try {
      await askToLeave(client, [...open].map((session) => session.pid));
      await Promise.race([
        Promise.all(Object.values(queues).map((queue) => boss.offWork(queue))),
        aborted(enough, client),
      ]);
    } finally {
      await client.end().catch(() => undefined);
    }
  };

  const stop = async (): Promise<void> => {
    stopping = true;
    await Promise.all([sampler.stop(), supervisor.stop()]);
    await stopSessions(open).catch(onError);
    // A cancel that comes between two statements meets nothing: told again until all have ended.
    const again = setInterval(() => void stopSessions(open).catch(onError), cancelEveryMs);
    await boss.stop({ graceful: true, timeout: 5_000 }).finally(() => clearInterval(again));
    // What no cancel has ended goes with its connection: the server looks for us every second.
    await Promise.allSettled([...open].map(({ client }) => client.end()));
  };

  try {
    await boss.work<RunJob, JobOutcome>(queues.run, { localConcurrency: 2, ...polling }, async ([job]) =>
      job === undefined ? {} : inSession(job, async ({ client }) => {
        const events = log && logEvents(url, job.data, log);
        await withWindow(url, () => runBatch(client, job.data, {
          freeBytes: job.data.freeBytes === undefined ? undefined : BigInt(job.data.freeBytes),
          isStopping: () => stopping || job.signal.aborted,
          onWork: supervisor.look,
        }), onError).finally(() => events?.stop());
      }),
    );
    await boss.work<BatchJob, JobOutcome>(
      queues.session, { localConcurrency: Math.max(1, sessions), ...polling },
      async ([job]) => (job === undefined ? {} : inSession(job, ({ client }) => workAlong(client, job.data))),
    );

    await sendAlerts(boss, url);
    if (calendar !== undefined) await followCalendar(boss, url, calendar, onError);
  } catch (error) {
    // the database is gone again: nothing of this may go on when the caller tries anew
    await stop().catch(onError);
    throw error;
  }

  const unfinished = async (queue: string, data: object) =>
    (await boss.findJobs<BatchJob>(queue, { data })).filter((job) => ['created', 'retry', 'active'].includes(job.state));
  const cancelJobs = async (queue: string, data: object, isMeant: (job: BatchJob) => boolean = () => true) => {
    const ids = (await unfinished(queue, data)).filter((job) => isMeant(job.data)).map((job) => job.id);
    if (ids.length > 0) await boss.cancel(queue, ids);
  };

  return {
    submit: async (job, client) => {
      const jobId = await boss.send(queues.run, job, client && onSession(client));
      if (jobId === null) throw new Error('pg-boss took no job.');
      return jobId;
    },
    outcome: async (jobId) => {
      const [job] = await boss.findJobs<RunJob>(queues.run, { id: jobId });
      if (job === undefined) return { error: reportOf(new Error(`The job ${jobId} was deleted.`)) };
      if (job.state === 'failed') return { error: failureOf(job.output) };
      // Cancelled: its batch has ended otherwise, or somebody has taken it back; the batch tells.
      if (job.state === 'cancelled') return {};
      return job.state === 'completed' ? (job.output ?? {}) : undefined;
    },
    withdraw: async (jobId, { batchId, ledgerId, attempt }) => {
      const batch = { batchId, ledgerId, attempt };
      await boss.cancel(queues.run, jobId);
      if ((await unfinished(queues.run, batch)).length > 0) return;
      // a batch that has ended meanwhile is not scaled any more
      await aside((client) => scaleBatch(client, batch, null)).catch(() => undefined);
      await cancelJobs(queues.session, batch);
    },
    clear: async ({ batchId, ledgerId, attempt }) => {
      for (const queue of Object.values(queues)) {
        await cancelJobs(queue, { batchId, ledgerId }, (job) => job.attempt <= attempt);
      }
    },
    load: async () => ({
      sessions: open.size,
      queues: (await boss.getQueues(Object.values(queues)))
        .map(({ name, readyCount, activeCount }) => ({ queue: name, ready: readyCount, active: activeCount })),
    }),
    drain: (enough) => drain(enough).catch(onError),
    stop,
  };
}

/** Works on a batch as one of its sessions; comes too late where the others are done. */
const workAlong = (client: ServiceSession['client'], batch: BatchJob): Promise<void> =>
  work(client, batch).catch((error: { code?: string }) => { if (error.code !== outOfOrder) throw error; });

// An operator's error carries what to do; trying again would say the same.
const isFinal = (error: unknown): boolean => error instanceof OperatorError;

/** What pg-boss keeps of the error that a job failed with for good. */
function failureOf(output: unknown): ErrorReport {
  const { message, code, detail, hint } = (output ?? {}) as Record<string, unknown>;
  const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
  const sqlstate = text(code)?.match(/^[0-9A-Z]{5}$/)?.[0];
  return {
    message: text(message) ?? 'The job has failed.',
    ...(sqlstate !== undefined && { sqlstate }),
    ...(text(detail) !== undefined && { detail: text(detail) }),
    ...(text(hint) !== undefined && { hint: text(hint) }),
    exitCode: sqlstate === undefined ? reportOf(new Error()).exitCode : exitCodeOf(sqlstate),
  };
}
