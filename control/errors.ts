import { exitCodes, type ExitCode } from './exit-codes.ts';

/**
 * An error that an operator can act on: what happened, the values, the next step. Everything that
 * leaves a command as another kind of error is a fault of ours.
 */
export class OperatorError extends Error {
  readonly detail: string | undefined;
  readonly hint: string | undefined;
  readonly exitCode: ExitCode;

  constructor(
    message: string,
    more: { detail?: string; hint?: string; exitCode?: ExitCode; cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause });
    this.name = 'OperatorError';
    this.detail = more.detail;
    this.hint = more.hint;
    this.exitCode = more.exitCode ?? exitCodes.unexpected;
  }
}

/** The operating system's code of an error (`ENOENT`), or undefined. */
export function errno(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
