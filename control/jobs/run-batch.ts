import type pg from 'pg';
import * as database from '../database/batch.ts';
import { OperatorError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { typed } from '../output/format.ts';

export interface RunOptions {
  /** Free bytes on the database host's disk, where they can be seen. */
  readonly freeBytes?: bigint | undefined;
  /** Called when phase 4 begins or is found running: the time to start further sessions. */
  readonly onWork: () => void;
  /** Asked before each phase: a cancel meets only what is being executed. */
  readonly isStopping: () => boolean;
}

/** A phase was called in another state than it needs. */
export const outOfOrder = 'M1002';

/**
 * Takes a batch through the phases that are left, in one session, each phase a function of the
 * database; the twin of month_end.run that lets other sessions help. Another one at the same batch is
 * no error: a phase that is found done is skipped.
 */
export async function runBatch(client: pg.ClientBase, key: database.BatchKey, options: RunOptions): Promise<void> {
  for (let before: database.BatchStatus | undefined; ;) {
    const batch = await database.findBatch(client, key);
    const { status } = batch;
    if (database.ended.has(status)) return;
    if (options.isStopping()) throw new Error(`The control plane is stopping; ${key.batchId} is ${status}.`);
    try {
      await runPhase(client, key, batch, options);
    } catch (error) {
      // Somebody else has done this phase; seen twice in the same state, it is another fault.
      if ((error as { code?: string }).code !== outOfOrder || status === before) throw error;
    }
    before = status;
  }
}

async function runPhase(
  client: pg.ClientBase, key: database.BatchKey, { status, is_dry_run: isDryRun }: database.Batch, options: RunOptions,
): Promise<void> {
  switch (status) {
    case 'OPENED':
      return database.preflight(client, key, options.freeBytes);
    case 'SCOPED':
      return isDryRun ? database.cancelBatch(client, key) : database.allocateNumbers(client, key);
    case 'NUMBERED':
      return database.launchWorkers(client, key);
    case 'PROCESSING':
    case 'PROCESSED':
      options.onWork();
      return database.work(client, key);
    case 'STAGED':
      if ((await database.validateBatch(client, key)) === 'VALIDATED') return;
      throw new OperatorError('pre-commit validation has failed: nothing was posted', {
        detail: await database.failedRules(client, key),
        hint: `${typed(`status ${key.batchId}`, key.ledgerId)} shows the rules; then: ${typed(`cancel ${key.batchId}`, key.ledgerId)}`,
        exitCode: exitCodes.validation,
      });
    case 'VALIDATED':
      return database.commitBatch(client, key);
    case 'COMMITTED':
      return database.postProcess(client, key);
    case 'COMPLETED':
    case 'FAILED':
    case 'CANCELLED':
      return;
    default:
      return status satisfies never;
  }
}
