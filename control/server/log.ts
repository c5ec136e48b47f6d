import { closeSync, existsSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { OperatorError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { hostFacts } from './settings.ts';

const longLogBytes = 32 * 1024 ** 2;
const readBytes = 8 * 1024;

/** Puts a long log aside before a start; the one before that goes. */
export function keepLogShort(log: string): void {
  if (existsSync(log) && statSync(log).size > longLogBytes) renameSync(log, `${log}.1`);
}

/** The last lines that the server wrote after a position, joined for a message. */
export function logEnd(log: string, from: number): string {
  if (!existsSync(log)) return '(no log)';
  const size = statSync(log).size;
  const begin = Math.max(from, size - readBytes);
  const buffer = Buffer.alloc(Math.max(0, size - begin));
  const handle = openSync(log, 'r');
  try {
    readSync(handle, buffer, 0, buffer.length, begin);
  } finally {
    closeSync(handle);
  }
  const lines = buffer.toString('utf8').trimEnd().split('\n').slice(-8);
  return `\n  ${lines.join('\n  ')}`;
}

/** The error of a start that could write nothing more. */
export function diskIsFull(folder: string, cause: unknown): OperatorError {
  return new OperatorError('The disk is full.', {
    detail: cause instanceof Error ? `${folder}: ${cause.message}` : folder,
    hint: 'Free at least 1 GB there, then run the command again: what was committed is safe.',
    exitCode: exitCodes.notReady,
    cause,
  });
}

/** Why a start failed, in the server's own words. */
export function failedStart(
  log: string,
  from: number,
  data: string,
  cause: Error | undefined,
): OperatorError {
  const { freeDiskBytes } = hostFacts(dirname(data));
  const full = freeDiskBytes < 64 * 1024 ** 2;
  return new OperatorError('The embedded server did not start.', {
    detail: cause?.message ?? `The last lines of ${log}:${logEnd(log, from)}`,
    hint: full
      ? `The disk of ${dirname(data)} is full: free at least 1 GB, then run the command again.`
      : 'Remove the cause that the log names, then run the command again.',
    exitCode: exitCodes.notReady,
    cause,
  });
}
