import { z } from 'zod';
import { OperatorError } from '../../control/errors.ts';
import { type ExitCode, exitCodes } from '../../control/exit-codes.ts';
import { reportOf } from '../../control/error-report.ts';

/** A body of application/problem+json (RFC 9457), with the next step beside it. */
export const problem = z.object({
  type: z.string(), title: z.string(), status: z.number(), detail: z.string().optional(),
  next_step: z.string().optional(), sqlstate: z.string().optional(),
});
export type Problem = z.output<typeof problem>;

interface Kind {
  readonly status: number;
  readonly title: string;
  readonly nextStep: string;
}

/** What an answer can be refused for besides the registered errors of the database; the word ends the type's URI. */
export const kinds = {
  'request': { status: 400, title: 'The request is not as it should be.', nextStep: 'GET /openapi.json says what is expected.' },
  'unauthenticated': { status: 401, title: 'Who are you?', nextStep: 'Send Authorization: Bearer KEY; ./monthend key create makes one.' },
  'role': { status: 403, title: 'This takes another role.', nextStep: 'Use a key of that role: ./monthend key create NAME --role ROLE.' },
  'foreign-page': { status: 403, title: 'Another page has sent this.', nextStep: 'Scripts send a key instead of the cookie.' },
  'host': { status: 403, title: 'This service is not known by that name.', nextStep: 'Ask for it by the address that it printed.' },
  'route': { status: 404, title: 'There is nothing here.', nextStep: 'GET /openapi.json lists what there is.' },
  'problem-unknown': { status: 404, title: 'There is no such problem.', nextStep: 'docs/errors.md lists them.' },
  'nothing-posted': { status: 404, title: 'Nothing is posted in this period.', nextStep: 'GET /api/v1/periods shows what there is.' },
  'entry-unknown': { status: 404, title: 'There is no committed entry of this number.', nextStep: 'GET /api/v1/batches shows which batches are committed.' },
  'rule-unknown': { status: 404, title: 'There is no validation rule of this name.', nextStep: 'GET /api/v1/batches/{batch}/validations names them.' },
  'no-schedule': { status: 404, title: 'This ledger has no schedule.', nextStep: 'POST /api/v1/schedule makes one.' },
  'slow-body': { status: 408, title: 'The body came too slowly.', nextStep: 'Send it again; nothing of it was kept.' },
  'run-state': { status: 409, title: 'The state of the run forbids this now.', nextStep: 'GET /api/v1/batches shows the batches, and which phase comes next.' },
  'too-large': { status: 413, title: 'The body is too large.', nextStep: 'Files go to /api/v1/imports; other bodies have at most 64 KiB.' },
  'validation': { status: 422, title: 'This did not pass validation; nothing of it was kept.', nextStep: 'Correct what the detail names, then send it again.' },
  'rate': { status: 429, title: 'Too many requests.', nextStep: 'Wait as long as Retry-After says.' },
  'unexpected': { status: 500, title: 'Something went wrong here.', nextStep: 'The log of the service says what.' },
  'not-ready': { status: 503, title: 'The database is not available for this now.', nextStep: 'Ask /readyz, then try again.' },
  'issuer-away': { status: 503, title: 'The issuer of the token cannot be asked for its keys.', nextStep: 'Try again, or use a key: ./monthend key create' },
  'busy': { status: 503, title: 'Too many requests of this kind are under way.', nextStep: 'Wait as long as Retry-After says.' },
} as const satisfies Record<string, Kind>;
type KindName = keyof typeof kinds;

/** A refusal of ours: what the request itself has wrong. */
export class Refusal extends Error {
  readonly problem: Problem;
  /** Seconds until it is worth another try. */
  readonly retryAfter: number | undefined;

  constructor(kind: KindName, more: { title?: string; detail?: string; nextStep?: string; retryAfter?: number; cause?: unknown } = {}) {
    const { status, title, nextStep } = kinds[kind];
    super(more.title ?? title, { cause: more.cause });
    this.retryAfter = more.retryAfter;
    this.problem = {
      type: `/problems/${kind}`, title: this.message, status, ...(more.detail !== undefined && { detail: more.detail }),
      next_step: more.nextStep ?? nextStep,
    };
  }
}

const ofExitCode: Partial<Record<ExitCode, KindName>> = {
  [exitCodes.usage]: 'request', [exitCodes.notReady]: 'not-ready', [exitCodes.runState]: 'run-state', [exitCodes.validation]: 'validation',
};

/** The status of an SQLSTATE: its class decides. Undefined where it is a fault of ours. */
export function statusOf(sqlstate: string): number | undefined {
  if (sqlstate === 'M1003') return 404;
  if (sqlstate === '42501') return 403;
  if (/^(08|53|57P|55P03|40001|40P01|57014)/.test(sqlstate)) return 503;
  if (/^M[1345]/.test(sqlstate)) return 409;
  // M2: validation; 22: a value that the database can't read, such as a time zone of no place
  return /^(M2|22)/.test(sqlstate) ? 422 : undefined;
}

const standardTitles: Readonly<Record<number, string>> = {
  403: 'The role of this key may not do that.', 422: 'A value is none that the database can read.',
};

/** What an SQLSTATE is answered with. Of one that isn't registered, nothing of what PostgreSQL says is told. */
export function problemOfState(
  sqlstate: string, status: number, said: { readonly message: string; readonly detail?: string | undefined; readonly hint?: string | undefined },
): Problem {
  const isRegistered = sqlstate.startsWith('M') || sqlstate === '55P03';
  const { message, detail, hint } = isRegistered ? said : { message: standardTitles[status] ?? kinds['not-ready'].title };
  return {
    type: `/problems/${sqlstate}`, status, sqlstate, title: message,
    ...(detail !== undefined && detail !== '' && { detail }), ...(hint !== undefined && hint !== '' && { next_step: nextStep(hint) }),
  };
}

/** What a thrown error is answered with. What nobody expected says nothing of its inside. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Refusal) return error.problem;
  const { message, sqlstate, detail, hint, exitCode } = reportOf(error);
  const status = sqlstate === undefined ? undefined : statusOf(sqlstate);
  if (status !== undefined && sqlstate !== undefined) return problemOfState(sqlstate, status, { message, detail, hint });
  const kind = error instanceof OperatorError ? ofExitCode[exitCode] : undefined;
  if (kind === undefined) return new Refusal('unexpected').problem;
  return new Refusal(kind, { title: message, ...(detail !== undefined && { detail }), ...(hint !== undefined && { nextStep: hint }) }).problem;
}

// A hint may be a statement for psql; here the same is asked by a path.
const nextStep = (hint: string): string => (/\b(select|call) /.test(hint) ? kinds['run-state'].nextStep : hint);
