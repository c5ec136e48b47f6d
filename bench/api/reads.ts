import { setTimeout as sleep } from 'node:timers/promises';
import { OperatorError } from '../../control/errors.ts';
import { batchPath } from './batch.ts';
import type { BenchService } from './service.ts';

/** Milliseconds from when a read was due to its last byte. */
export interface Latency {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

const paths = [
  '/api/v1/batches', batchPath, `${batchPath}/progress`, `${batchPath}/workers`, `${batchPath}/validations`, `${batchPath}/report`,
  '/api/v1/periods', '/api/v1/rules', '/api/v1/schedule/preview', `${batchPath}/screen`,
];

/** The value that so many of a hundred do not exceed. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil((sorted.length * share) / 100) - 1)] ?? NaN;
}

/** Percentiles of the times of requests, in milliseconds. */
export function latencyOf(milliseconds: readonly number[]): Latency {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  const at = (share: number): number => Math.round(percentile(sorted, share) * 10) / 10;
  return { count: sorted.length, p50: at(50), p95: at(95), p99: at(99), max: at(100) };
}

async function read(service: BenchService, path: string): Promise<void> {
  const response = await fetch(service.url + path, { headers: service.headers });
  const text = await response.text();
  if (response.status !== 200) throw new OperatorError('A read was refused.', { detail: `${path}: ${response.status} ${text.slice(0, 300)}` });
}

/** Reads at a rate, whether the answers come or not, until it is told to stop. */
export async function readAtRate(service: BenchService, perSecond: number, until: AbortSignal): Promise<number[]> {
  const times: number[] = [];
  const running: Promise<void>[] = [];
  const begun = performance.now();
  for (let no = 0; !until.aborted; no += 1) {
    const due = begun + (no * 1000) / perSecond;
    await sleep(Math.max(0, due - performance.now()));
    const reading = read(service, paths[no % paths.length] ?? '').then(() => void times.push(performance.now() - due));
    // it is awaited at the end; until then nobody looks
    reading.catch(() => undefined);
    running.push(reading);
  }
  await Promise.all(running);
  return times;
}
