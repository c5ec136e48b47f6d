import type { PgBoss } from 'pg-boss';
import { scaleBatch } from '../database/jobs.ts';
import { inTransaction, type Queryable } from '../database/query.ts';
import * as database from '../database/schedule.ts';
import { withSession } from '../database/session.ts';
import { freeBytesOf, resolveServer } from '../server/index.ts';
import { type BatchJob, queues, type RunJob } from './boss.ts';

export interface CalendarOptions {
  /** Sessions of a batch whose schedule names no number. */
  readonly sessions: number;
  /** Free bytes on the database host's disk, where they can be seen. */
  readonly freeBytes?: (() => Promise<string | undefined>) | undefined;
  /** Told of every decision that this control plane makes. */
  readonly onDecision?: ((run: database.ClaimedRun) => void) | undefined;
}

/** The calendar of a process that stays: tells its decisions, and sees the disk as it is at the time. */
export function calendarOf(sessions: number, tell: (line: string) => void): CalendarOptions {
  return {
    sessions,
    freeBytes: async () => freeBytesOf(await resolveServer()),
    onDecision: (run) =>
      tell(`schedule: ledger ${run.ledger_id}, ${run.period}: ${run.status}${run.reason === null ? '' : `, ${run.reason}`}`),
  };
}

const calendarQueue = 'month-end-schedule';

// A look at the calendar is short; one that is lost is made up for by the next, a minute later.
const shortJob = { expireInSeconds: 120, retryLimit: 0, deleteAfterSeconds: 3600 } as const;

/**
 * Has pg-boss wake us every minute, and once now, to look which scheduled runs are due. It only wakes:
 * what is due, by which clock, and that it is so once, is decided in the database. Any number of
 * control planes may do this.
 */
export async function followCalendar(
  boss: PgBoss, url: string, options: CalendarOptions, onError: (error: Error) => void,
): Promise<void> {
  await boss.createQueue(calendarQueue, shortJob);
  await boss.updateQueue(calendarQueue, shortJob);
  await boss.work(calendarQueue, { pollingIntervalSeconds: 2 }, async () => {
    await withSession(url, 'monthend schedule', async (client) => {
      await claimDueRuns(client, { ...options, onError });
      await submitStartedRuns(client, boss, options);
    });
  });
  await boss.schedule(calendarQueue, '* * * * *', null, { tz: 'UTC', missed: 'once' });
  await boss.send(calendarQueue, null);
}

/**
 * Decides about every run that is due, each in a transaction of its own: what goes wrong with one
 * ledger's is told and tried again by the next look, and holds up no other.
 */
export async function claimDueRuns(
  client: Queryable,
  options: Pick<CalendarOptions, 'onDecision'> & { readonly onError: (error: Error) => void; readonly now?: Date },
): Promise<database.ClaimedRun[]> {
  const decided: database.ClaimedRun[] = [];
  for (const run of await database.listDueRuns(client, options.now)) {
    try {
      const claimed = await database.claimRun(client, run, options.now);
      if (claimed === undefined) continue;
      decided.push(claimed);
      options.onDecision?.(claimed);
    } catch (error) {
      options.onError(error as Error);
    }
  }
  return decided;
}

/**
 * Makes the jobs of started runs that have none: of those just started, of those that another control
 * plane left behind, and, some minutes later, of those whose job was given up for errors that may pass.
 * A job that has ended with an answer, or was taken back, is left to the operator.
 */
export async function submitStartedRuns(
  client: Queryable, boss: Pick<PgBoss, 'findJobs' | 'send'>, options: CalendarOptions,
): Promise<void> {
  await inTransaction(client, async () => {
    for (const run of await database.takeUnsubmittedRuns(client)) {
      const batch: BatchJob = { batchId: run.batch_id, ledgerId: run.ledger_id, attempt: run.attempt };
      const jobs = await boss.findJobs<RunJob>(queues.run, { data: { ...batch } });
      const isNeeded = jobs.length === 0 ? !run.is_submitted : jobs.every((job) => job.state === 'failed');
      if (isNeeded) {
        await scaleBatch(client, batch, run.sessions ?? options.sessions);
        const job: RunJob = { ...batch, freeBytes: await options.freeBytes?.() };
        if ((await boss.send(queues.run, job)) === null) throw new Error('pg-boss took no job.');
      }
      await database.noteSubmitted(client, run);
    }
  });
}
