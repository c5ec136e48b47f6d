import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchKey } from '../database/batch.ts';
import type { Queryable } from '../database/query.ts';
import { lastEventId, listLogEvents } from '../database/events.ts';
import { withSession } from '../database/session.ts';
import { type Log, logError } from '../log.ts';

const lookEveryMs = 1_000;
const settledAfterSeconds = 2;

/**
 * Writes the events of a batch to the log, from now on until it is told to stop: what the sessions of
 * all control planes do, worker by worker. A look that fails is told, and made up for by the next.
 */
export function logEvents(url: string, key: BatchKey, log: Log): { readonly stop: () => Promise<void> } {
  const told = log.child({ part: 'batch', batch: key.batchId, ledger: key.ledgerId });
  const stopping = new AbortController();
  let after: string | undefined;
  const look = async (client: Queryable): Promise<void> => {
    after ??= await lastEventId(client, key);
    for (let isLast = false; ; isLast = stopping.signal.aborted) {
      const age = isLast ? 0 : settledAfterSeconds;
      for (const { event_id: id, kind, worker_id: worker, session, message, error_sqlstate: code } of await listLogEvents(client, key, after, age)) {
        const level = kind.endsWith('FAILED') ? 'error' : kind === 'WORKER_PENDING' ? 'warn' : kind === 'CHECKPOINT' ? 'debug' : 'info';
        told[level]({ event: kind, worker: worker ?? undefined, session: session ?? undefined, code: code ?? undefined }, `${key.batchId}: ${message ?? kind}`);
        after = id;
      }
      if (isLast) return;
      await sleep(lookEveryMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const running = (async () => {
    do {
      await withSession(url, 'monthend log', look).catch((error: unknown) => logError(told, error));
    } while (!stopping.signal.aborted);
  })();
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}
