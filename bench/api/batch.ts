import { setTimeout as sleep } from 'node:timers/promises';
import { OperatorError } from '../../control/errors.ts';
import { period } from '../generate.ts';
import type { BenchService } from './service.ts';

export const batchPath = `/api/v1/batches/${period}-MONTHEND`;

/** Opens the batch. */
export async function openBatch(service: BenchService, sessions: number): Promise<void> {
  const response = await fetch(`${service.url}/api/v1/batches`, {
    method: 'POST', headers: service.headers, body: JSON.stringify({ period, sessions }),
  });
  if (response.status !== 202) throw new OperatorError('The batch was not opened.', { detail: await response.text() });
}

/** Waits for its end, and returns its digest. */
export async function awaitBatch(service: BenchService, transactions: number, signal: AbortSignal): Promise<string> {
  for (;;) {
    const response = await fetch(`${service.url}${batchPath}/report`, { headers: service.headers });
    const report = (await response.json()) as { status: string; digest: string; transactions: { posted: number } };
    if (report.status === 'COMPLETED' && report.transactions.posted === transactions) return report.digest;
    if (['COMPLETED', 'FAILED', 'CANCELLED'].includes(report.status)) {
      throw new OperatorError('The batch has not come to its end.', { detail: JSON.stringify(report).slice(0, 500) });
    }
    await sleep(500, undefined, { signal });
  }
}
