import { type Actor, recordRequest } from '../../control/database/access.ts';
import { type Pools, withOwn } from '../pools.ts';

type Outcome = 'DONE' | 'REFUSED' | 'FAILED';
export type Audit = (actor: Actor, action: string, outcome: Outcome, detail?: object) => Promise<void>;

export interface AuditTrail {
  readonly audit: Audit;
  /** Writes what is counted only so far. */
  readonly end: () => Promise<void>;
}

const longest = 500;

/** Rows a minute for somebody unknown at an address, or who asks too often: beyond it refusals are counted. */
const rowsOfMinute = 30;
const minuteMs = 60_000;

interface Counted {
  readonly outcome: Outcome;
  readonly kind: object;
  count: number;
}

interface Minute {
  readonly actor: Actor;
  readonly timer: NodeJS.Timeout;
  rows: number;
  readonly counted: Map<string, Counted>;
}

// What was sent may come back in a detail, and PostgreSQL stores neither NUL nor half of a surrogate pair.
const storable = (_name: string, value: unknown): unknown =>
  (typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '\uFFFD') : value);

/** Whoever it is, it costs him nothing: no key, or no answer but to wait. */
const isFree = ({ name }: Actor, detail: { status?: unknown }): boolean => name === 'unknown' || detail.status === 429;

/** Keeps who asked what and how it ended. Never fails a request: what can't be kept is told to the log. */
export function createAudit(pools: Pools, onFault: (error: unknown) => void): AuditTrail {
  const minutes = new Map<string, Minute>();
  const keep: Audit = async (actor, action, outcome, detail) => {
    try {
      await withOwn(pools.audit, (client) =>
        recordRequest(client, actor, action.slice(0, longest), outcome, detail && JSON.stringify(detail, storable)));
    } catch (error) {
      onFault(error);
    }
  };
  const endMinute = async (who: string): Promise<void> => {
    const minute = minutes.get(who);
    minutes.delete(who);
    clearTimeout(minute?.timer);
    for (const { outcome, kind, count } of minute?.counted.values() ?? []) {
      if (minute !== undefined) await keep(minute.actor, 'more requests within a minute', outcome, { ...kind, count });
    }
  };
  return {
    audit: async (actor, action, outcome, detail = {}) => {
      if (!isFree(actor, detail)) return keep(actor, action, outcome, detail);
      const who = `${actor.name} ${actor.address}`;
      const minute = minutes.get(who)
        ?? { actor, timer: setTimeout(() => void endMinute(who), minuteMs).unref(), rows: 0, counted: new Map<string, Counted>() };
      minutes.set(who, minute);
      minute.rows += 1;
      if (minute.rows <= rowsOfMinute) return keep(actor, action, outcome, detail);
      // what it was refused for, without what was sent
      const { status, type, code } = detail as { status?: number; type?: string; code?: string };
      const kind = { status, type, code };
      const key = `${outcome} ${type ?? code}`;
      const counted = minute.counted.get(key) ?? { outcome, kind, count: 0 };
      counted.count += 1;
      minute.counted.set(key, counted);
    },
    end: async () => { for (const who of [...minutes.keys()]) await endMinute(who); },
  };
}
