import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { isDebugging } from '../config.ts';
import * as database from '../database/batch.ts';
import { scaleBatch } from '../database/jobs.ts';
import { isAnswering } from '../database/server.ts';
import { openSession, withSession } from '../database/session.ts';
import { OperatorError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { BatchJob } from './boss.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import type { ErrorReport } from '../error-report.ts';
import { typed } from '../output/format.ts';
import { createProgressView } from '../output/progress.ts';
import { freeBytesOf, isStarting, type Server } from '../server/index.ts';

interface FinishOptions {
  readonly key: database.BatchKey;
  readonly sessions: number;
}

/** What a job ended with, as an error of this process: same code, detail and hint. */
class JobError extends OperatorError {
  readonly sqlstate: string | undefined;

  constructor(report: ErrorReport, resume: string) {
    super(report.sqlstate === undefined ? report.message : `${report.message} (SQLSTATE ${report.sqlstate})`, {
      ...(report.detail !== undefined && { detail: report.detail }), hint: report.hint ?? resume, exitCode: report.exitCode,
    });
    this.sqlstate = report.sqlstate;
  }
}

// Each look is two queries, on a server whose cores are all at work for the batch.
const lookEveryMs = 500;
const reconnectEveryMs = 500;
/** How long a server that is gone is waited for: a restart or a failover, not a repair. One that recovers from its log may take as long as it likes. */
const reconnectForMs = 30_000;
const mostLosses = 5;
/** `monthend cancel` ends the SQL of a batch before the batch: how long its end is waited for. */
const cancelledWithinMs = 15_000;
const queryCanceled = '57014';

/**
 * Has a batch that is open taken to its end by pg-boss jobs, shows its progress on stderr and returns
 * its report. Ctrl-C and a termination signal cancel this process's sessions; the batch stays as it is
 * and can be resumed, a dry run is given up. A server that is lost is waited for. Throws what the run
 * ended with.
 */
export async function finishBatch(server: Server, options: FinishOptions): Promise<database.Report> {
  const interrupt = new AbortController();
  const onSignal = (): void => interrupt.abort();
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  const faults: Error[] = [];
  const run: Run = { server, ...options, signal: interrupt.signal, dryRun: false };
  try {
    const plane = await startControlPlane(server.serviceUrl, options.sessions, (error) => faults.push(error));
    return await follow(run, plane).finally(() => plane.stop().catch((error: Error) => faults.push(error)));
  } catch (error) {
    if (run.dryRun) await giveUp(run);
    if (interrupt.signal.aborted) throw interrupted(run);
    throw error;
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    if (isDebugging()) for (const fault of faults) console.error(fault);
  }
}

interface Run {
  readonly server: Server;
  readonly key: database.BatchKey;
  readonly sessions: number;
  readonly signal: AbortSignal;
  /** Whether the batch is one; known once it was read. */
  dryRun: boolean;
}

/** A command on the batch, to type. */
const batchCommand = ({ key }: Run, name: string): string => typed(`${name} ${key.batchId}`, key.ledgerId);

const resumeHint = (run: Run): string => `Go on with: ${batchCommand(run, 'resume')}`;

/** Submits the batch and waits until it has ended; a session to look with is opened anew when it is lost. */
async function follow(run: Run, plane: ControlPlane): Promise<database.Report> {
  const { server, key, signal } = run;
  const watch = () => openSession(server.serviceUrl, `monthend watch ${key.batchId}`).then(({ client }) => client);
  let client = await watch();
  const view = createProgressView(key.batchId);
  let submitted: string | undefined;
  let batch: BatchJob = { ...key, attempt: 0 };
  try {
    const { attempt, status, is_dry_run: isDryRun } = await database.findBatch(client, key);
    run.dryRun = isDryRun;
    batch = { ...key, attempt };
    if (!database.ended.has(status)) await scaleBatch(client, key, run.sessions);
    for (let losses = 0; ;) {
      try {
        signal.throwIfAborted();
        // Jobs that lost their sessions come back by themselves, but only after some seconds.
        if (submitted === undefined || (await database.batchBackends(client, key)).length === 0) {
          submitted = await plane.submit({ ...batch, freeBytes: freeBytesOf(server) });
        }
        await waitForOutcome(run, plane, submitted, async () => {
          const progress = await database.readProgress(client, key);
          if (progress !== undefined) view.show(progress);
        });
        return await result(run, plane, client, batch);
      } catch (error) {
        if (error instanceof JobError && error.sqlstate === queryCanceled && !signal.aborted) {
          await waitUntilEnded(run, client);
          return await result(run, plane, client, batch);
        }
        if (signal.aborted || !(await isLost(error, client)) || (losses += 1) > mostLosses) throw error;
        view.end();
        console.error(`${key.batchId}: the connection to the server was lost; waiting for the server.`);
        await client.end().catch(() => undefined);
        client = await reconnect(run, watch);
      }
    }
  } catch (error) {
    if (submitted !== undefined && signal.aborted) await plane.withdraw(submitted, batch).catch(() => undefined);
    throw error;
  } finally {
    view.end();
    await client.end().catch(() => undefined);
  }
}

async function result(run: Run, plane: ControlPlane, client: pg.Client, batch: BatchJob): Promise<database.Report> {
  const report = await database.readReport(client, run.key);
  if (database.ended.has(report.status)) await plane.clear(batch);
  return assertDone(run, report);
}

/** Waits for a while; what the batch is then, its report tells. */
async function waitUntilEnded(run: Run, client: pg.Client): Promise<void> {
  for (const deadline = Date.now() + cancelledWithinMs; Date.now() < deadline;) {
    if (database.ended.has((await database.findBatch(client, run.key)).status)) return;
    await sleep(lookEveryMs, undefined, { signal: run.signal });
  }
}

async function waitForOutcome(run: Run, plane: ControlPlane, jobId: string, look: () => Promise<void>): Promise<void> {
  for (;;) {
    await look();
    const outcome = await plane.outcome(jobId);
    if (outcome?.error !== undefined) throw new JobError(outcome.error, resumeHint(run));
    if (outcome !== undefined) return;
    await sleep(lookEveryMs, undefined, { signal: run.signal });
  }
}

/** Whether an error means that the server, or the session to it, is gone. */
async function isLost(error: unknown, client: pg.Client): Promise<boolean> {
  if (error instanceof JobError) return false;
  if (error instanceof pg.DatabaseError) return /^(08|57P)/.test(error.code ?? '');
  return !(await isAnswering(client));
}

async function reconnect(run: Run, open: () => Promise<pg.Client>): Promise<pg.Client> {
  let deadline = Date.now() + reconnectForMs;
  for (;;) {
    try {
      return await open();
    } catch (error) {
      if (isStarting(error)) deadline = Date.now() + reconnectForMs;
      if (Date.now() > deadline) {
        throw new OperatorError('The connection to the server was lost.', {
          detail: `It was waited for ${reconnectForMs / 1000} s. ${run.key.batchId} stays as it is: what is checkpointed is kept.`,
          hint: `When the server runs again: ${batchCommand(run, 'resume')}`, exitCode: exitCodes.notReady, cause: error,
        });
      }
      await sleep(reconnectEveryMs, undefined, { signal: run.signal });
    }
  }
}

function assertDone(run: Run, report: database.Report): database.Report {
  if (report.status === 'CANCELLED' && !run.dryRun) {
    throw new OperatorError(`${run.key.batchId} was cancelled meanwhile.`, {
      hint: `Begin again with: ${typed(`close ${report.period}`, run.key.ledgerId)}`, exitCode: exitCodes.runState,
    });
  }
  if (report.status === 'FAILED') {
    throw new OperatorError('pre-flight validation has failed: nothing was posted', {
      hint: `Look at ${batchCommand(run, 'rejects')} and ${batchCommand(run, 'status')}, correct, close again`,
      exitCode: exitCodes.validation,
    });
  }
  if (!database.ended.has(report.status)) {
    throw new OperatorError(`Work on ${run.key.batchId} was stopped from elsewhere.`, {
      detail: `It is ${report.status}.`, hint: resumeHint(run), exitCode: exitCodes.interrupted,
    });
  }
  return report;
}

function interrupted(run: Run): OperatorError {
  return new OperatorError('Interrupted.', {
    exitCode: exitCodes.interrupted,
    ...(run.dryRun ? { detail: 'It was a dry run: nothing was posted, the period is as it was.' } : {
      detail: `${run.key.batchId} stays as it is: what is checkpointed is kept.`,
      hint: `${resumeHint(run)}    or give it up with: ${batchCommand(run, 'cancel')}`,
    }),
  });
}

/** A dry run that doesn't come to its end leaves nothing that holds the period. */
async function giveUp({ server, key }: Run): Promise<void> {
  try {
    await withSession(server.serviceUrl, 'monthend cancel', (client) => database.cancelBatch(client, key));
  } catch {
    // It has ended already, or the server is gone; then `monthend cancel` is left to the operator.
  }
}
