import type pg from 'pg';
import { listErrors } from '../../control/database/access.ts';
import { kinds, type Problem, problemOfState, Refusal, statusOf } from './problem.ts';
import { withOwn } from '../pools.ts';

/** What the type of a problem means, for whoever follows its URI. */
export interface ProblemBook {
  /** Throws a Refusal (404) for what is no problem of ours. */
  readonly find: (kind: string) => Promise<Problem & { readonly name?: string }>;
}

/** Ours are here, the registered errors in the database; others are PostgreSQL's own. */
export function createProblemBook(pool: pg.Pool): ProblemBook {
  return {
    find: async (kind) => {
      if (Object.hasOwn(kinds, kind)) return new Refusal(kind as keyof typeof kinds).problem;
      const status = /^[0-9A-Z]{5}$/.test(kind) ? statusOf(kind) : undefined;
      if (status === undefined) throw new Refusal('problem-unknown');
      if (!kind.startsWith('M')) return problemOfState(kind, status, { message: kinds['not-ready'].title });
      const registered = (await withOwn(pool, listErrors)).find((error) => error.sqlstate === kind);
      if (registered === undefined) throw new Refusal('problem-unknown');
      return { ...problemOfState(kind, status, { message: registered.message, hint: registered.hint ?? undefined }), name: registered.name };
    },
  };
}
