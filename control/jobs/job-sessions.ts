import type pg from 'pg';
import type { Job } from 'pg-boss';
import { ended, findBatch } from '../database/batch.ts';
import { askToLeave, cancelBackends, earlierSessions, holdJob, terminateBackends } from '../database/jobs.ts';
import { openSession, type ServiceSession, withSession } from '../database/session.ts';
import { setSessionSettings } from '../database/window.ts';
import { reportOf } from '../error-report.ts';
import { OperatorError } from '../errors.ts';
import { type Log, logError } from '../log.ts';
import type { JobOutcome } from './batch-jobs.ts';
import type { BatchJob } from './boss.ts';

/** The sessions of this process that work on jobs. */
interface JobSessions {
  /** Runs one job in a session of its own, once what an earlier attempt executes has ended. */
  readonly run: (job: Job<BatchJob>, task: (client: pg.Client) => Promise<void>) => Promise<JobOutcome>;
  readonly count: () => number;
  /** Has them leave after the chunk, step or phase that they are at, as long as somebody waits for it. */
  readonly leave: (wait: () => Promise<unknown>) => Promise<void>;
  /** Cancels what they execute. */
  readonly cancel: () => Promise<void>;
  /** Ends them with their connections: the server looks for us every second. */
  readonly end: () => Promise<void>;
}

interface Options {
  readonly onError: (error: Error) => void;
  readonly log?: Log | undefined;
  /** Aborted once the process stops: no job begins any more. */
  readonly stopping: AbortSignal;
}

// Classes of errors that may pass: lost connection, rollback for concurrency, no resources, terminated.
const mayPass = /^(08|40|53|57P|55P03)/;

/** Whether a job goes back to the queue for an error; else the error is its outcome. */
function isTriedAgain(error: unknown, stopping: AbortSignal): boolean {
  // other control planes may go on; who asked for it may withdraw it
  if (stopping.aborted) return true;
  const { sqlstate } = reportOf(error);
  // An operator's error carries what to do; trying again would say the same.
  return (sqlstate === undefined || mayPass.test(sqlstate)) && !(error instanceof OperatorError);
}

/** Those of a process on a database; none is open yet. */
export function createJobSessions(url: string, { onError, log, stopping }: Options): JobSessions {
  const open = new Set<ServiceSession>();
  const aside = <Result>(task: (client: pg.Client) => Promise<Result>): Promise<Result> => withSession(url, 'monthend control', task);
  const cancel = async (some: Iterable<ServiceSession>): Promise<void> => {
    const pids = [...some].map((session) => session.pid);
    if (pids.length > 0) await aside((client) => cancelBackends(client, pids)).catch(onError);
  };
  return {
    run: async (job, task) => {
      const { batchId: batch, ledgerId: ledger, attempt } = job.data;
      const session = await openSession(url, `monthend ${job.name} ${ledger}/${batch}`);
      const { client, pid } = session;
      const told = log?.child({ part: 'job', batch, ledger, attempt, queue: job.name, job: job.id, session: pid });
      told?.info('the job begins');
      open.add(session);
      const abort = (): void => void cancel([session]);
      job.signal.addEventListener('abort', abort);
      try {
        if (stopping.aborted) throw new Error('The control plane is stopping.');
        await setSessionSettings(client);
        await holdJob(client, job);
        const earlier = job.retryCount > 0 ? await earlierSessions(client, job) : [];
        if (earlier.length > 0) await aside((other) => terminateBackends(other, earlier));
        const now = await findBatch(client, job.data);
        if (now.attempt === attempt && !ended.has(now.status)) await task(client);
        return {};
      } catch (error) {
        if (told !== undefined) logError(told, error);
        if (isTriedAgain(error, stopping)) throw error;
        return { error: reportOf(error) };
      } finally {
        job.signal.removeEventListener('abort', abort);
        open.delete(session);
        await client.end().catch(() => undefined);
        told?.info('the job ends');
      }
    },
    count: () => open.size,
    leave: (wait) => aside(async (client) => {
      await askToLeave(client, [...open].map(({ pid }) => pid));
      await wait();
    }),
    cancel: () => cancel(open),
    end: async () => { await Promise.allSettled([...open].map(({ client }) => client.end())); },
  };
}
