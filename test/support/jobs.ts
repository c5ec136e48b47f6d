import type pg from 'pg';
import { afterAll } from 'vitest';
import { scaleBatch } from '../../control/database/jobs.ts';
import type { Queryable } from '../../control/database/query.ts';
import { type BatchJob, queues, startBoss } from '../../control/jobs/boss.ts';
import { openBatch } from './close.ts';

interface JobOptions {
  readonly sessions?: number;
  /** How long pg-boss lets an attempt last. */
  readonly expireInSeconds?: number;
}

/** Hands closes to whatever control planes there are, without being one itself. */
export function useJobs() {
  const bosses = new Map<string, ReturnType<typeof startBoss>>();
  afterAll(async () => {
    for (const boss of bosses.values()) await (await boss).stop({ graceful: false });
  });
  const bossOf = (url: string): ReturnType<typeof startBoss> => {
    const boss = bosses.get(url) ?? startBoss(url, () => undefined);
    bosses.set(url, boss);
    return boss;
  };
  const send = async (url: string, session: Queryable, batch: BatchJob, { sessions = 2, ...options }: JobOptions): Promise<void> => {
    await scaleBatch(session, batch, sessions);
    await (await bossOf(url)).send(queues.run, batch, options);
  };
  return {
    /** Makes the job of a batch. */
    send,
    /** The same, of a batch that is opened. */
    close: async (url: string, session: pg.Client, period: string, options: JobOptions = {}): Promise<void> => {
      const batchId = await openBatch(session, period, { workers: 4 });
      await send(url, session, { batchId, ledgerId: 1, attempt: 1 }, options);
    },
    /** Lets go of a database before it is dropped. */
    leave: async (url: string): Promise<void> => {
      await (await bosses.get(url))?.stop({ graceful: false });
      bosses.delete(url);
    },
  };
}
