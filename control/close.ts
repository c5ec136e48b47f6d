import { setTimeout as sleep } from 'node:timers/promises';
import * as database from './database/batch.ts';
import { openSession } from './database/session.ts';
import { OperatorError } from './errors.ts';
import { exitCodes } from './exit-codes.ts';
import { type ControlPlane, startControlPlane } from './jobs/control-plane.ts';
import type { ErrorReport } from './print-error.ts';
import { createProgressView } from './progress.ts';
import type { Server } from './server/index.ts';

export interface FinishOptions {
  readonly key: database.BatchKey;
  readonly sessions: number;
  readonly dryRun?: boolean;
}

/** What a job ended with, as an error of this process: same code, detail and hint. */
class JobError extends OperatorError {
  constructor(report: ErrorReport) {
    super(report.sqlstate === undefined ? report.message : `${report.message} (SQLSTATE ${report.sqlstate})`, {
      ...(report.detail !== undefined && { detail: report.detail }),
      ...(report.hint !== undefined && { hint: report.hint }),
      exitCode: report.exitCode,
    });
  }
}

const lookEveryMs = 250;

/**
 * Has a batch that is open taken to its end by pg-boss jobs, shows its progress on stderr and returns
 * its report. Ctrl-C and a termination signal cancel this process's sessions; the batch stays as it is
 * and can be resumed. Throws what the run ended with.
 */
export async function finishBatch(server: Server, options: FinishOptions): Promise<database.Report> {
  const { key } = options;
  const faults: Error[] = [];
  const plane = await startControlPlane(server.serviceUrl, options.sessions, (error) => faults.push(error));
  const { client } = await openSession(server.serviceUrl, `monthend watch ${key.batchId}`);
  const view = createProgressView(key.batchId);
  const interrupt = new AbortController();
  const onSignal = (): void => interrupt.abort();
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  try {
    const jobId = await plane.submit({
      ...key, sessions: options.sessions, dryRun: options.dryRun ?? false,
      freeBytes: server.host && BigInt(Math.floor(server.host.freeDiskBytes)).toString(),
    });
    await waitForOutcome(plane, jobId, async () => {
      const progress = await database.readProgress(client, key);
      if (progress !== undefined) view.show(progress);
    }, interrupt.signal);
    const report = await database.readReport(client, key);
    if (report.status === 'CANCELLED' && !options.dryRun) {
      throw new OperatorError(`${key.batchId} was cancelled meanwhile.`, {
        hint: `Begin again with: ./monthend close ${report.period}`, exitCode: exitCodes.runState,
      });
    }
    return report;
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    throw new OperatorError('Interrupted.', {
      detail: `${key.batchId} stays as it is: what is checkpointed is kept.`,
      hint: `Go on with: ./monthend resume ${key.batchId}    or give it up with: ./monthend cancel ${key.batchId}`,
      exitCode: exitCodes.interrupted,
    });
  } finally {
    view.end();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    await plane.stop().catch(() => undefined);
    await client.end().catch(() => undefined);
    if (process.env.MONTHEND_DEBUG === '1') for (const fault of faults) console.error(fault);
  }
}

async function waitForOutcome(
  plane: ControlPlane, jobId: string, look: () => Promise<void>, signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await look();
    const outcome = await plane.outcome(jobId);
    if (outcome?.error !== undefined) throw new JobError(outcome.error);
    if (outcome !== undefined) return;
    await sleep(lookEveryMs, undefined, { signal });
  }
}
