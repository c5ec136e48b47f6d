import { CommanderError } from 'commander';
import { OperatorError } from '../control/errors.ts';
import { exitCodes } from '../control/exit-codes.ts';
import { printError } from '../control/output/print-error.ts';
import { openPlace, type Place } from './place.ts';

const begin = performance.now();

/** Progress, on stderr. */
export function tell(line: string): void {
  process.stderr.write(`${((performance.now() - begin) / 1000).toFixed(1).padStart(7)} s  ${line}\n`);
}

/** Runs a benchmark in a place of its own; Ctrl-C and a termination signal end it at once, and what it made is removed. */
export async function inPlace<Result>(
  transactions: number, bench: (place: Place, signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const interruption = new AbortController();
  const interrupted = new Promise<never>((_, reject) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) {
      process.once(name, () => {
        const error = new OperatorError('Interrupted.', { exitCode: exitCodes.interrupted });
        reject(error);
        interruption.abort(error);
      });
    }
  });
  interrupted.catch(() => undefined);
  const place = await openPlace(transactions, tell);
  const running = bench(place, interruption.signal);
  // What is still under way when the place goes fails for that; nobody wants to hear it.
  running.catch(() => undefined);
  try {
    return await Promise.race([running, interrupted]);
  } finally {
    tell('clearing up');
    await place.release();
  }
}

/** Runs a whole command: prints what it ends with, and sets the exit code. */
export async function runCommand(command: () => Promise<void>): Promise<void> {
  try {
    await command();
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    else process.exitCode = printError(error);
  }
}
