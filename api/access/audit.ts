import { type Actor, recordRequest } from '../../control/database/access.ts';
import { type Pools, withOwn } from '../pools.ts';

export type Audit = (actor: Actor, action: string, outcome: 'DONE' | 'REFUSED' | 'FAILED', detail?: object) => Promise<void>;

const longest = 500;

// What was sent may come back in a detail, and PostgreSQL stores neither NUL nor half of a surrogate pair.
const storable = (_name: string, value: unknown): unknown =>
  (typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '\uFFFD') : value);

/** Keeps who asked what and how it ended. Never fails a request: what can't be kept is told to the log. */
export function createAudit(pools: Pools, onFault: (error: unknown) => void): Audit {
  return async (actor, action, outcome, detail) => {
    try {
      await withOwn(pools.audit, (client) =>
        recordRequest(client, actor, action.slice(0, longest), outcome, detail && JSON.stringify(detail, storable)));
    } catch (error) {
      onFault(error);
    }
  };
}
