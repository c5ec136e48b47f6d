import { PgBoss } from 'pg-boss';
import type { Queryable } from '../database/query.ts';
import { serviceRole } from '../database/session.ts';
import { clientConfig } from '../server/index.ts';

/** What a job carries: no more than names; everything else is in the database. */
export interface BatchJob {
  readonly batchId: string;
  readonly ledgerId: number;
  /** A job that outlived its attempt must not touch the next one, which has the same id. */
  readonly attempt: number;
}

export interface RunJob extends BatchJob {
  /** Free bytes on the database host's disk, as text, where the sender could see it. */
  readonly freeBytes?: string | undefined;
}

export const queues = { run: 'month-end-run', session: 'month-end-session' } as const;

// A batch may take hours; pg-boss must not give its job to a second one meanwhile. A job that has lost
// its session is given out again by the supervisor, at once; one that an error has ended after one to eight seconds.
const longJob = {
  expireInSeconds: 12 * 3600, retryLimit: 8, retryDelay: 1, retryBackoff: true, retryDelayMax: 8,
  deleteAfterSeconds: 7 * 24 * 3600, notify: true,
} as const;

/**
 * A started pg-boss with our queues. Its tables are pg-boss's own; the schema is made by our
 * migrations, owned by the role that it works as. `cron`: whether it wakes by its schedules too.
 */
export async function startBoss(
  url: string, onError: (error: Error) => void, options: { readonly cron?: boolean } = {},
): Promise<PgBoss> {
  const connection = clientConfig({ url, applicationName: 'monthend jobs', role: serviceRole });
  // pg-boss parses bigint and dates itself, as node-pg does by default.
  delete connection.types;
  const boss = new PgBoss({
    ...(connection as object), schema: 'pgboss', createSchema: false, schedule: options.cron ?? false, max: 4,
    useListenNotify: true, monitorIntervalSeconds: 10, superviseIntervalSeconds: 10,
  });
  // some of them come as plain objects
  boss.on('error', (error) => onError(error instanceof Error ? error : Object.assign(new Error((error as Error).message), error)));
  try {
    await boss.start();
    for (const name of Object.values(queues)) {
      await boss.createQueue(name, longJob);
      await boss.updateQueue(name, longJob);
    }
  } catch (error) {
    await boss.stop({ graceful: false }).catch(() => undefined);
    throw error;
  }
  return boss;
}

/** Has pg-boss work in the transaction of this session. */
export const onSession = (client: Queryable) => ({
  db: { executeSql: (text: string, values?: unknown[]) => client.query(text, values) },
});
