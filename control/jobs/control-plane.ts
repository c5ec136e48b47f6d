import type { Job, PgBoss } from 'pg-boss';
import { cancelBackends, work } from '../database/batch.ts';
import { openSession, type ServiceSession } from '../database/session.ts';
import { reportOf, type ErrorReport } from '../print-error.ts';
import { type BatchJob, queues, type RunJob, startBoss } from './boss.ts';
import { runBatch } from './run-batch.ts';

export interface ControlPlane {
  /** Has a batch taken to its end, here or by another control plane; returns the job's id. */
  readonly submit: (job: RunJob) => Promise<string>;
  /** How a submitted job ended; undefined while it is waiting or running. */
  readonly outcome: (jobId: string) => Promise<JobOutcome | undefined>;
  /** Cancels the SQL of this process's sessions and ends them. What is committed stays. */
  readonly stop: () => Promise<void>;
}

/** What a job leaves: nothing, or the error that ended it. */
export interface JobOutcome {
  readonly error?: ErrorReport;
}

// Classes of errors that may pass: lost connection, rollback for concurrency, no resources, terminated.
const mayPass = /^(08|40|53|57P|55P03)/;

/** Starts pg-boss and works on its jobs in this process, `sessions` at a time. */
export async function startControlPlane(
  url: string, sessions: number, onError: (error: Error) => void,
): Promise<ControlPlane> {
  const boss = await startBoss(url, onError);
  const open = new Set<ServiceSession>();
  let stopping = false;

  const stopSessions = async (some: Iterable<ServiceSession>): Promise<void> => {
    const pids = [...some].map((session) => session.pid);
    if (pids.length === 0) return;
    const { client } = await openSession(url, 'monthend stop');
    await cancelBackends(client, pids).finally(() => client.end());
  };

  /** Runs one job in a session of its own; an expired or cancelled job has its SQL cancelled. */
  const inSession = async (job: Job<BatchJob>, task: (session: ServiceSession) => Promise<void>): Promise<JobOutcome> => {
    const session = await openSession(url, `monthend ${job.name} ${job.data.batchId}`);
    open.add(session);
    const abort = (): void => void stopSessions([session]).catch(onError);
    job.signal.addEventListener('abort', abort);
    try {
      if (stopping) return {};
      await task(session);
      return {};
    } catch (error) {
      const report = reportOf(error);
      if (!stopping && (report.sqlstate === undefined || mayPass.test(report.sqlstate)) && !isFinal(error)) throw error;
      return { error: report };
    } finally {
      job.signal.removeEventListener('abort', abort);
      open.delete(session);
      await session.client.end().catch(() => undefined);
    }
  };

  await boss.work<RunJob, JobOutcome>(queues.run, { localConcurrency: 2, pollingIntervalSeconds: 0.5 }, async ([job]) =>
    job === undefined ? {} : inSession(job, ({ client }) => runBatch(client, job.data, {
      freeBytes: job.data.freeBytes === undefined ? undefined : BigInt(job.data.freeBytes),
      dryRun: job.data.dryRun ?? false,
      onWork: () => sendSessions(boss, job.data),
    })),
  );
  await boss.work<BatchJob, JobOutcome>(
    queues.session, { localConcurrency: Math.max(1, sessions), pollingIntervalSeconds: 0.5 },
    async ([job]) => (job === undefined ? {} : inSession(job, ({ client }) => work(client, job.data))),
  );

  return {
    submit: async (job) => {
      const id = await boss.send(queues.run, job);
      if (id === null) throw new Error('pg-boss took no job.');
      return id;
    },
    outcome: async (jobId) => {
      const [job] = await boss.findJobs<RunJob>(queues.run, { id: jobId });
      if (job === undefined || job.state === 'failed' || job.state === 'cancelled') {
        const output = (job?.output ?? {}) as { message?: string };
        return { error: reportOf(new Error(output.message ?? `The job ${jobId} was ${job?.state ?? 'deleted'}.`)) };
      }
      return job.state === 'completed' ? (job.output ?? {}) : undefined;
    },
    stop: async () => {
      stopping = true;
      await stopSessions(open).catch(onError);
      await boss.stop({ graceful: true, timeout: 5_000 });
    },
  };
}

/** The job's own session is one of them. */
async function sendSessions(boss: PgBoss, { batchId, ledgerId, sessions }: RunJob): Promise<void> {
  const others = Array.from({ length: Math.max(0, sessions - 1) }, () => ({ data: { batchId, ledgerId } }));
  if (others.length > 0) await boss.insert(queues.session, others);
}

// An operator's error carries what to do; trying again would say the same.
const isFinal = (error: unknown): boolean => error instanceof Error && error.name === 'OperatorError';
