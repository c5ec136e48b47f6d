import { z } from 'zod';
import { errno, OperatorError } from '../control/errors.ts';
import { type ExitCode, exitCodes } from '../control/exit-codes.ts';
import { reportOf } from '../control/print-error.ts';

/** A body of application/problem+json (RFC 9457), with the next step beside it. */
export const problem = z.object({
  type: z.string(), title: z.string(), status: z.number(), detail: z.string().optional(),
  next_step: z.string().optional(), sqlstate: z.string().optional(),
});
export type Problem = z.output<typeof problem>;

/** A refusal of ours: what the request itself has wrong. */
export class Refusal extends Error {
  readonly problem: Problem;

  constructor(status: number, type: string, title: string, more: { detail?: string; nextStep?: string } = {}) {
    super(title);
    this.problem = {
      type: `/problems/${type}`, title, status, ...(more.detail !== undefined && { detail: more.detail }),
      ...(more.nextStep !== undefined && { next_step: more.nextStep }),
    };
  }
}

const ofExitCode: Partial<Record<ExitCode, [status: number, type: string]>> = {
  [exitCodes.usage]: [400, 'request'], [exitCodes.notReady]: [503, 'not-ready'], [exitCodes.runState]: [409, 'run-state'],
  [exitCodes.validation]: [422, 'validation'],
};

// What connecting to a database that is away ends with.
const awayCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH']);

/** The status of an SQLSTATE: its class decides. Undefined where it is a fault of ours. */
export function statusOf(sqlstate: string): number | undefined {
  if (sqlstate === 'M1003') return 404;
  if (sqlstate === '42501') return 403;
  if (/^(08|53|57P|55P03|40001|40P01|57014)/.test(sqlstate)) return 503;
  if (/^M[1345]/.test(sqlstate)) return 409;
  // M2: validation; 22: a value that the database can't read, such as a time zone of no place
  return /^(M2|22)/.test(sqlstate) ? 422 : undefined;
}

/** What a thrown error is answered with. What nobody expected says nothing of its inside. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Refusal) return error.problem;
  const { message, sqlstate, detail, hint, exitCode } = reportOf(error);
  const status = sqlstate === undefined ? undefined : statusOf(sqlstate);
  if (status !== undefined && sqlstate !== undefined) {
    const isRegistered = sqlstate.startsWith('M') || sqlstate === '55P03';
    return {
      type: `/problems/${sqlstate}`, status, sqlstate, title: isRegistered ? message : standardTitle(status),
      ...(isRegistered && detail !== undefined && detail !== '' && { detail }),
      ...(isRegistered && hint !== undefined && hint !== '' && { next_step: nextStep(hint) }),
    };
  }
  if (awayCodes.has(errno(error) ?? '')) {
    return { type: '/problems/not-ready', status: 503, title: standardTitle(503), next_step: 'Ask /readyz, then try again.' };
  }
  const known = error instanceof OperatorError ? ofExitCode[exitCode] : undefined;
  if (known === undefined || !(error instanceof OperatorError)) {
    return { type: '/problems/unexpected', status: 500, title: 'Something went wrong here.', next_step: 'The log of the service says what.' };
  }
  return {
    type: `/problems/${known[1]}`, status: known[0], title: error.message,
    ...(error.detail !== undefined && { detail: error.detail }), ...(error.hint !== undefined && { next_step: error.hint }),
  };
}

// A hint may be a statement for psql; here the same is asked by a path.
const nextStep = (hint: string): string =>
  (/\b(select|call) /.test(hint) ? 'GET /api/v1/batches shows the batches, and which phase comes next.' : hint);

const standardTitle = (status: number): string =>
  
  ({ 403: 'The role of this key may not do that.', 422: 'A value is none that the database can read.' })[status]
  ?? 'The database is not available for this now.';
