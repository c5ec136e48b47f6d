import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { sampleBatches } from '../database/monitoring.ts';
import { openSession } from '../database/session.ts';
import { readHost } from './read-host.ts';

interface Sampler {
  readonly stop: () => Promise<void>;
}

const sampleEveryMs = 1_000;

/**
 * Takes the samples of running batches, one a second however many processes do: what the screen, the
 * key figures and the alerts are made from, and what is to be done after each. A database that is away
 * is waited for.
 */
export function startSampler(
  url: string, onError: (error: Error) => void, afterSample: (client: pg.Client) => Promise<void>,
): Sampler {
  const stopped = new AbortController();
  let client: pg.Client | undefined;
  let isAway = false;
  const run = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      try {
        client ??= (await openSession(url, 'monthend sampler')).client;
        await sampleBatches(client, await readHost());
        await afterSample(client);
        isAway = false;
      } catch (error) {
        // said once, however long it lasts
        if (!stopped.signal.aborted && !isAway) onError(error as Error);
        isAway = true;
        await client?.end().catch(() => undefined);
        client = undefined;
      }
      // just after the second begins, so that each has its sample
      await sleep(sampleEveryMs - (Date.now() % sampleEveryMs) + 20, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
    await client?.end().catch(() => undefined);
  };
  const running = run();
  return {
    stop: async () => {
      stopped.abort();
      await running;
    },
  };
}
