import pg from 'pg';
import { OperatorError } from './errors.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';

/** The exit code of an SQLSTATE: its class decides, as for the API's answers. */
export function exitCodeOf(sqlState: string): ExitCode {
  const sqlClass = sqlState.slice(0, 2);
  // A lock that couldn't be had in time: somebody is at it.
  if (sqlClass === 'M1' || sqlState === '55P03') return exitCodes.runState;
  if (sqlClass === 'M2') return exitCodes.validation;
  // Lost connection, refused login, no such schema or function: not reachable or not installed.
  const notReady = ['08', '28', '3D', '3F'].includes(sqlClass) || /^(42P01|42883|57P0[123])$/.test(sqlState);
  return notReady ? exitCodes.notReady : exitCodes.unexpected;
}

/** An error in the parts that an operator needs. */
export interface ErrorReport {
  readonly message: string;
  readonly sqlstate?: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly where?: string;
  readonly exitCode: ExitCode;
}

/** The parts of whatever was thrown. Wrappers keep the database's own error as their cause. */
export function reportOf(error: unknown): ErrorReport {
  if (error instanceof OperatorError) {
    const { message, detail, hint, exitCode } = error;
    return { message, ...(detail && { detail }), ...(hint && { hint }), exitCode };
  }
  if (error instanceof pg.DatabaseError && error.code !== undefined) {
    const exitCode = exitCodeOf(error.code);
    const install = /^(3F000|42P01|42883)$/.test(error.code) ? 'Type: ./monthend install' : undefined;
    const hint = error.hint ?? install;
    return {
      message: error.message,
      sqlstate: error.code,
      ...(error.detail && { detail: error.detail }),
      ...(hint && { hint }),
      // The call stack of the functions: for registered errors it says nothing that the detail doesn't.
      ...(exitCode === exitCodes.unexpected && error.where && { where: error.where }),
      exitCode,
    };
  }
  if (error instanceof Error && error.cause instanceof pg.DatabaseError) return reportOf(error.cause);
  return {
    message: error instanceof Error ? error.message : String(error),
    exitCode: exitCodes.unexpected,
  };
}
