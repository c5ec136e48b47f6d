import { OperatorError } from '../control/errors.ts';
import { exitCodes } from '../control/exit-codes.ts';
import { install } from '../control/install.ts';
import { startBoss } from '../control/jobs/boss.ts';
import { type Environment, readEnvironment } from './environment.ts';
import { generateMonth } from './generate.ts';
import type { BenchOptions } from './options.ts';
import type { Place } from './place.ts';
import { type Result, summarize } from './result.ts';
import { type Round, runRound } from './round.ts';

/**
 * Loads the month once, measures close and floor in turns, each round in a clone of what was loaded.
 * A warm-up round comes first and is told apart: it alone pays for memory that a new server has never
 * touched and for WAL files that it has yet to make.
 */
export async function runBench(
  place: Place, options: BenchOptions, signal: AbortSignal, onProgress: (line: string) => void,
): Promise<Result> {
  const loaded = `${place.prefix}loaded`;
  const environment = await loadMonth(place, loaded, options, onProgress);
  const round = (no: number, name: string): Promise<Round> => {
    signal.throwIfAborted();
    return runRound(place, loaded, `${place.prefix}${no}`, options, signal, (line) => onProgress(`${name}: ${line}`));
  };
  const warmUp = await round(0, 'warm-up');
  const rounds: Round[] = [];
  for (let no = 1; no <= options.rounds; no += 1) rounds.push(await round(no, `round ${no} of ${options.rounds}`));
  const digests = new Set([warmUp, ...rounds].map(({ report }) => report.digest));
  if (digests.size !== 1) {
    throw new OperatorError('The rounds have closed the same month with different digests.', {
      detail: [...digests].join(', '), exitCode: exitCodes.validation,
    });
  }
  return summarize(warmUp, rounds, options.sessions, environment);
}

/** Makes a database with a generated month, not closed. */
export async function loadMonth(
  place: Place, name: string, options: Pick<BenchOptions, 'transactions' | 'seed'>, onProgress: (line: string) => void,
): Promise<Environment> {
  const admin = await place.session('postgres');
  try {
    await admin.query(`create database ${name} template template0 encoding 'UTF8'`);
  } finally {
    await admin.end();
  }
  await install(place.adminUrl(name));
  // the tables of the job system are made when it starts for the first time
  const boss = await startBoss(place.serviceUrl(name), () => undefined);
  await boss.stop({ graceful: false });
  onProgress(`generating ${options.transactions.toLocaleString('en')} transactions`);
  const session = await place.session(name);
  try {
    await generateMonth(session, options.transactions, options.seed);
    return await readEnvironment(session, place.kind);
  } finally {
    await session.end();
  }
}
