import { isDebugging } from '../config.ts';
import { type ErrorReport, reportOf } from '../error-report.ts';
import type { ExitCode } from '../exit-codes.ts';
import { printable } from './format.ts';

/** The lines of a report, the way psql prints errors. */
export function errorLines(report: ErrorReport): string[] {
  const { message, sqlstate, detail, hint, where } = report;
  return [
    `ERROR:  ${message}${sqlstate === undefined ? '' : ` (SQLSTATE ${sqlstate})`}`,
    ...(detail === undefined ? [] : [`DETAIL:  ${detail}`]),
    ...(hint === undefined ? [] : [`HINT:  ${hint}`]),
    ...(where === undefined ? [] : [`CONTEXT:  ${where}`]),
  ].map(printable);
}

/** Prints an error on stderr and says which exit code it has. A stack only when asked for. */
export function printError(error: unknown, debug = isDebugging()): ExitCode {
  const report = reportOf(error);
  for (const line of errorLines(report)) console.error(line);
  if (debug && error instanceof Error) console.error(error.stack);
  return report.exitCode;
}
