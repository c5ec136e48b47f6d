import { CommanderError } from 'commander';
import { OperatorError } from '../control/errors.ts';
import { exitCodes } from '../control/exit-codes.ts';
import { printError } from '../control/print-error.ts';
import { type BenchOptions, parseOptions } from './options.ts';
import { openPlace } from './place.ts';
import { printResult } from './print.ts';
import type { Result } from './result.ts';
import { runBench } from './run.ts';

const begin = performance.now();

function tell(line: string): void {
  process.stderr.write(`${((performance.now() - begin) / 1000).toFixed(1).padStart(7)} s  ${line}\n`);
}

/** Runs the benchmark; Ctrl-C and a termination signal end it at once, and what it made is removed. */
async function bench(options: BenchOptions): Promise<Result> {
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
  const place = await openPlace(options.transactions, tell);
  const running = runBench(place, options, interruption.signal, tell);
  // What is still under way when the place goes fails for that; nobody wants to hear it.
  running.catch(() => undefined);
  try {
    return await Promise.race([running, interrupted]);
  } finally {
    tell('clearing up');
    await place.release();
  }
}

try {
  const options = parseOptions(process.argv.slice(2));
  const result = await bench(options);
  if (options.json) console.log(JSON.stringify(result));
  else printResult(result);
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  else process.exitCode = printError(error);
}
