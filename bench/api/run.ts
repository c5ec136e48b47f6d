import { setTimeout as sleep } from 'node:timers/promises';
import { OperatorError } from '../../control/errors.ts';
import { exitCodes } from '../../control/exit-codes.ts';
import type { Environment } from '../environment.ts';
import type { Place } from '../place.ts';
import { median } from '../result.ts';
import { secondsOfClose } from '../round.ts';
import { loadMonth } from '../run.ts';
import { awaitBatch, openBatch } from './batch.ts';
import type { LoadOptions } from './options.ts';
import { type Latency, latencyOf, readAtRate } from './reads.ts';
import { type BenchService, startService } from './service.ts';
import { followAll, type Resident, watchMemory } from './viewers.ts';

/** Seconds of the batch over some runs. */
export interface Times {
  readonly median: number;
  readonly least: number;
  readonly greatest: number;
  readonly all: readonly number[];
}

/** What `--json` prints. */
export interface LoadResult {
  readonly transactions: number;
  readonly sessions: number;
  readonly reads_per_second: number;
  readonly without_reads: Times;
  readonly with_reads: Times;
  readonly reads_ms: Latency;
  readonly viewers: {
    readonly count: number; readonly events: number; readonly batch_seconds: number; readonly reads_ms: Latency;
    /** Seconds until all of them followed. */
    readonly complete_after: number; readonly resident: readonly Resident[];
  } | null;
  readonly digest: string;
  readonly environment: Environment;
}

type Beside = (service: BenchService, batchEnded: AbortSignal) => Promise<void>;

const round2 = (value: number): number => Math.round(value * 100) / 100;
const timesOf = (all: readonly number[]): Times =>
  ({ median: round2(median(all)), least: round2(Math.min(...all)), greatest: round2(Math.max(...all)), all: all.map(round2) });

/** Closes the month in a clone of what was loaded, with something beside it. */
async function closeBeside(
  place: Place, loaded: string, name: string, options: LoadOptions, signal: AbortSignal, beside: Beside,
): Promise<{ seconds: number; digest: string }> {
  const admin = await place.session('postgres');
  try {
    await admin.query(`create database ${name} template ${loaded} strategy file_copy`);
    const service = await startService(place.serviceUrl(name), options.sessions, signal);
    try {
      await admin.query('checkpoint');
      const ended = new AbortController();
      await openBatch(service, options.sessions);
      const [digest] = await Promise.all([
        awaitBatch(service, options.transactions, signal).finally(() => ended.abort()), beside(service, ended.signal),
      ]).catch(async (error: unknown) => {
        // a connection is lost a moment before the end of its service is known
        await Promise.race([service.lost, sleep(1_000)]);
        throw error;
      });
      return { seconds: await secondsOfClose(place, name), digest };
    } finally {
      await service.stop();
    }
  } finally {
    await admin.query(`drop database if exists ${name} with (force)`).catch(() => undefined);
    await admin.end();
  }
}

/** Closes with and without readers in turns, then with clients that follow. */
export async function runLoad(
  place: Place, options: LoadOptions, signal: AbortSignal, onProgress: (line: string) => void,
): Promise<LoadResult> {
  const { transactions, sessions, pairs, rate } = options;
  const loaded = `${place.prefix}loaded`;
  const environment = await loadMonth(place, loaded, options, onProgress);
  const digests = new Set<string>();
  const latencies: number[] = [];
  let runs = 0;
  const close = async (what: string, beside: Beside): Promise<number> => {
    signal.throwIfAborted();
    const { seconds, digest } = await closeBeside(place, loaded, `${place.prefix}${++runs}`, options, signal, beside);
    digests.add(digest);
    onProgress(`${what}: ${seconds.toFixed(2)} s`);
    return seconds;
  };
  const alone = (): Promise<number> => close('without reads', () => Promise.resolve());
  const withReads = (): Promise<number> => close(`with ${rate} reads a second`, async (service, ended) => {
    latencies.push(...await readAtRate(service, rate, ended));
  });
  const [without, beside]: [number[], number[]] = [[], []];
  for (let pair = 0; pair < pairs; pair += 1) {
    // each goes first as often as the other
    if (pair % 2 === 1) beside.push(await withReads());
    without.push(await alone());
    if (pair % 2 === 0) beside.push(await withReads());
  }
  const viewers = options.viewers === 0 ? null : await runViewers(close, options);
  if (digests.size !== 1) {
    throw new OperatorError('The same month was closed with different digests.', { detail: [...digests].join(', '), exitCode: exitCodes.validation });
  }
  return {
    transactions, sessions, reads_per_second: rate, without_reads: timesOf(without), with_reads: timesOf(beside), reads_ms: latencyOf(latencies),
    viewers, digest: [...digests].join(), environment,
  };
}

async function runViewers(
  close: (what: string, beside: Beside) => Promise<number>, { viewers: count, rate }: LoadOptions,
): Promise<NonNullable<LoadResult['viewers']>> {
  let [events, completeAfter]: [number, number] = [0, 0];
  let resident: Resident[] = [];
  let reads: number[] = [];
  const seconds = await close(`with ${rate} reads a second and ${count} who follow`, async (service, ended) => {
    const stop = watchMemory(service);
    const begun = performance.now();
    try {
      [events, reads] = await Promise.all([
        followAll(service, count, () => { completeAfter = (performance.now() - begun) / 1000; }), readAtRate(service, rate, ended),
      ]);
    } finally {
      resident = stop();
    }
  });
  return { count, events, batch_seconds: round2(seconds), reads_ms: latencyOf(reads), complete_after: round2(completeAfter), resident };
}
