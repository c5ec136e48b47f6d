import type { JobWithMetadata, PgBoss } from 'pg-boss';
import * as database from '../database/alert.ts';
import { inTransaction, type Queryable } from '../database/query.ts';
import { withSession } from '../database/session.ts';
import { sign } from './webhook.ts';

const alertQueues = { send: 'month-end-alert', dead: 'month-end-alert-dead' } as const;

const retries = 8;
const answerWithinMs = 10_000;
const kept = { deleteAfterSeconds: 30 * 24 * 3600 } as const;
// eight retries, 5 s to 10 min apart, take about half an hour
const sending = {
  retryLimit: retries, retryDelay: 5, retryBackoff: true, retryDelayMax: 600, expireInSeconds: 60, deadLetter: alertQueues.dead, ...kept,
} as const;

/** Makes a job of every notice and webhook; one that is made twice is sent twice, with the same id. */
export async function submitNotices(client: Queryable, boss: PgBoss): Promise<void> {
  await inTransaction(client, async () => {
    for (const delivery of await database.takeNotices(client)) await boss.send(alertQueues.send, delivery);
  });
}

/** Sends alerts to webhooks; what no retry has delivered stays in the dead letter queue. */
export async function sendAlerts(boss: PgBoss, url: string): Promise<void> {
  await boss.createQueue(alertQueues.dead, kept);
  await boss.createQueue(alertQueues.send, sending);
  await boss.work(alertQueues.send, { pollingIntervalSeconds: 2, includeMetadata: true }, async ([job]: JobWithMetadata<database.Delivery>[]) => {
    if (job === undefined) return;
    await withSession(url, 'monthend alert', async (client) => {
      const notice = await database.readNotice(client, job.data);
      if (notice === undefined) return;
      const error = await post(notice).catch((failure: unknown) => reason(failure));
      await database.recordDelivery(client, job.data, error, job.retryCount >= job.retryLimit);
      if (error !== null) throw new Error(error);
    });
  });
}

async function post({ url, secret, sent_id: id, body }: { url: string; secret: string; sent_id: string; body: string }): Promise<string | null> {
  const response = await fetch(url, {
    method: 'POST', body, redirect: 'error', signal: AbortSignal.timeout(answerWithinMs),
    headers: { 'content-type': 'application/json', 'user-agent': 'monthend', ...sign(secret, id, Math.floor(Date.now() / 1000), body) },
  });
  await response.body?.cancel();
  return response.ok ? null : `HTTP ${response.status}`;
}

const reason = (failure: unknown): string => {
  const { message, cause } = failure as Error;
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
};
