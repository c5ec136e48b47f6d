import type pg from 'pg';
import { readInstalled } from '../../control/database/installation.ts';
import { isAnswering } from '../../control/database/server.ts';
import { expectedInstallation } from '../../control/install.ts';
import { readQueueAge } from '../../control/database/jobs.ts';
import { queues } from '../../control/jobs/boss.ts';
import type { ControlPlane } from '../../control/jobs/control-plane.ts';
import { onceASecond } from '../once-a-second.ts';

export type Part = 'database' | 'migrations' | 'functions' | 'login' | 'queue';

export interface Readiness {
  readonly status: 'ready' | 'not ready';
  /** Each `ok`, or what is the matter. */
  readonly parts: Readonly<Record<Part, string>>;
}

// pg-boss looks every ten seconds
const mostQueueAgeSeconds = 60;

/** Whether requests can be served; looked at once a second at most, however often it is asked. */
export function createReadiness(pool: pg.Pool, plane: () => ControlPlane | undefined): () => Promise<Readiness> {
  const expected = expectedInstallation();
  const look = async (): Promise<Readiness> => {
    const installed = installation(pool, await expected);
    const queue = plane() === undefined ? 'starting' : await queueState(pool);
    const parts = { ...(await installed), queue };
    return { status: Object.values(parts).every((part) => part === 'ok') ? 'ready' : 'not ready', parts };
  };
  return onceASecond(look);
}

async function installation(
  pool: pg.Pool, expected: { readonly migrations: readonly number[]; readonly functionHash: string },
): Promise<Record<Exclude<Part, 'queue'>, string>> {
  if (!(await isAnswering(pool))) return { database: 'away', migrations: 'unknown', functions: 'unknown', login: 'unknown' };
  try {
    const { migrations, function_hash: functionHash, is_service: isService } = await readInstalled(pool);
    const missing = expected.migrations.filter((each) => !migrations.includes(each));
    return {
      database: 'ok', migrations: missing.length === 0 ? 'ok' : `missing: ${missing.join(', ')}`,
      functions: functionHash === expected.functionHash ? 'ok' : 'not those of this version',
      // without it no request could be kept in the audit log
      login: isService ? 'ok' : 'no member of monthend_service; as the administrator: grant monthend_service to the login (./monthend doctor)',
    };
  } catch {
    return { database: 'ok', migrations: 'not installed', functions: 'not installed', login: 'unknown' };
  }
}

/** Whether pg-boss, in whatever process, looks after our queues. */
async function queueState(pool: pg.Pool): Promise<string> {
  try {
    const age = await readQueueAge(pool, Object.values(queues));
    if (age === null) return 'missing';
    return age <= mostQueueAgeSeconds ? 'ok' : `not looked after for ${Math.round(age)} s`;
  } catch {
    return 'unknown';
  }
}
