import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';
import { errno } from './errors.ts';
import type { LogLevel } from './config.ts';
import { reportOf } from './error-report.ts';

export type Log = Logger;

interface LogOptions {
  readonly level: LogLevel;
  /** Whether people read along; they are told what concerns the process, and all that goes wrong. */
  readonly isTerminal: boolean;
  readonly write: (text: string) => void;
}

interface Line { readonly level: string; readonly msg?: string; readonly part?: string }

/** What nobody may find in a log, should a caller hand it over. */
const secrets = ['authorization', 'cookie', 'key', 'password', 'token', 'url'].flatMap((name) => [name, `*.${name}`]);

/**
 * An error without values: those are in detail, context and parameters, and, where the database can't
 * read a value (class 22), in the message.
 */
function errorFields(error: unknown): object {
  const { message, sqlstate, hint } = reportOf(error);
  return {
    type: error instanceof Error ? error.name : typeof error, code: sqlstate ?? errno(error),
    message: sqlstate?.startsWith('22') === true ? 'A value that the database cannot read.' : message, hint,
  };
}

function forPeople(write: (text: string) => void): DestinationStream {
  return {
    write: (text) => {
      const { level, msg, part } = JSON.parse(text) as Line;
      if (part === undefined || level === 'warn' || level === 'error') write(`${msg ?? ''}\n`);
    },
  };
}

/** The log of a process that stays, on stderr. */
export const openLog = (level: LogLevel): Log => createLog({
  level, isTerminal: process.stderr.isTTY === true, write: (text) => void process.stderr.write(text),
});

/** Lines of JSON; where people read along, messages alone. */
export function createLog({ level, isTerminal, write }: LogOptions): Log {
  return pino({
    level, base: { service: 'monthend', pid: process.pid }, timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) }, serializers: { err: errorFields },
    redact: { paths: secrets, censor: '[redacted]' },
  }, isTerminal ? forPeople(write) : { write });
}

/** Tells of an error by its message, and by its fields to machines. */
export function logError(log: Log, error: unknown, fields: object = {}): void {
  const { message } = errorFields(error) as { message: string };
  log.error({ ...fields, err: error }, message);
}
