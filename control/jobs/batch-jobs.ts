import type { PgBoss } from 'pg-boss';
import { lockSupervision, scaleBatch } from '../database/jobs.ts';
import { inTransaction, type Queryable } from '../database/query.ts';
import { withSession } from '../database/session.ts';
import { type ErrorReport, exitCodeOf, reportOf } from '../error-report.ts';
import { type BatchJob, onSession, queues, type RunJob } from './boss.ts';

/** What a job leaves: nothing, or the error that ended it. */
export interface JobOutcome {
  readonly error?: ErrorReport;
}

/** The jobs of batches, whichever control plane works on them. */
export interface BatchJobs {
  /** Has a batch taken to its end, here or by another control plane; in the session's transaction, if given. Returns the job's id. */
  readonly submit: (job: RunJob, client?: Queryable) => Promise<string>;
  /** How a submitted job ended; undefined while it is waiting or running. */
  readonly outcome: (jobId: string) => Promise<JobOutcome | undefined>;
  /** Takes a submitted job back; the batch's sessions too, wherever they run, unless another job has it. */
  readonly withdraw: (jobId: string, batch: BatchJob) => Promise<void>;
  /** Ends all jobs of a batch that has ended: those of control planes that were killed stay active. */
  readonly clear: (batch: BatchJob) => Promise<void>;
}

/** The jobs in a pg-boss, for who submits them. */
export function batchJobs(boss: PgBoss, url: string): BatchJobs {
  const unfinished = async (queue: string, data: object) =>
    (await boss.findJobs<BatchJob>(queue, { data })).filter((job) => ['created', 'retry', 'active'].includes(job.state));
  const cancel = async (queue: string, data: object, isMeant: (job: BatchJob) => boolean = () => true) => {
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
      // a supervisor that is looking may still make sessions of it; a batch that has ended meanwhile is not scaled any more
      await withSession(url, 'monthend control', (client) => inTransaction(client, async () => {
        await lockSupervision(client);
        await scaleBatch(client, batch, null);
      })).catch(() => undefined);
      await cancel(queues.session, batch);
    },
    clear: async ({ batchId, ledgerId, attempt }) => {
      for (const queue of Object.values(queues)) {
        await cancel(queue, { batchId, ledgerId }, (job) => job.attempt <= attempt);
      }
    },
  };
}

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
