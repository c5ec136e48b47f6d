import { createHash } from 'node:crypto';
import type pg from 'pg';
import { z } from 'zod';
import * as access from '../../control/database/access.ts';
import * as database from '../../control/database/batch.ts';
import * as events from '../../control/database/events.ts';
import { cancelBackends, scaleBatch } from '../../control/database/jobs.ts';
import { inTransaction } from '../../control/database/query.ts';
import type { ControlPlane } from '../../control/jobs/control-plane.ts';
import { batchEvents } from '../live/events.ts';
import { Refusal } from '../http/problem.ts';
import { type Answer, type Route, route, type Service, wantsEvents } from './route.ts';
import { batchId, beforeBatch, ledgerInBody, ledgerQuery, limitQuery, period } from './values.ts';

const batchParams = z.strictObject({ batch: batchId });
const onLedger = z.strictObject({ ledger: ledgerQuery });

const links = z.object({ self: z.string(), progress: z.string(), events: z.string(), report: z.string() });
const accepted = z.object({ batch_id: z.string(), ledger_id: z.number(), links });

const openBody = z.strictObject({
  period, ledger: ledgerInBody, workers: z.int().min(1).max(1000).optional(), sessions: z.int().min(1).max(250).optional(),
  supplement: z.boolean().default(false), dry_run: z.boolean().default(false),
});

const pathOf = ({ batchId, ledgerId }: database.BatchKey, part = ''): string => `/api/v1/batches/${batchId}${part}?ledger=${ledgerId}`;

const answerFor = (key: database.BatchKey): z.output<typeof accepted> => ({
  batch_id: key.batchId, ledger_id: key.ledgerId,
  links: { self: pathOf(key), progress: pathOf(key, '/progress'), events: pathOf(key, '/events'), report: pathOf(key, '/report') },
});

const keyOf = (params: { batch: string }, query: { ledger: number }): database.BatchKey => ({ batchId: params.batch, ledgerId: query.ledger });

/** The control plane, before anything is begun that would need it. */
function planeOf(service: Service): ControlPlane {
  const plane = service.plane();
  if (plane !== undefined) return plane;
  throw new Refusal('not-ready', { title: 'The job system is not there yet.' });
}

/** Has a batch taken to its end, in the transaction of the session: its job is there if and only if that commits. */
async function submit(
  service: Service, client: pg.ClientBase, key: database.BatchKey, attempt: number, sessions = service.profile.sessions,
): Promise<void> {
  await scaleBatch(client, key, sessions);
  await planeOf(service).submit({ ...key, attempt, freeBytes: service.profile.freeBytes() }, client);
}

const accept = (key: database.BatchKey): Answer => ({ status: 202, body: answerFor(key), headers: { location: pathOf(key) } });

const batchList = z.object({ batches: z.array(database.batch), next: z.string().nullable() });

export const batchRoutes: readonly Route[] = [
  route({
    method: 'post', path: '/batches', role: 'operator', status: 202, response: accepted, body: openBody,
    summary: 'Close a period: opens a batch and has it taken through all phases.',
    headers: [{ name: 'Idempotency-Key', description: 'Sent again with the same body, it gives the same answer and opens nothing.' }],
    handle: async ({ body, client, service, request }) => {
      const requestId = request.headers.get('idempotency-key');
      if (requestId !== null && !/^[\x20-\x7e]{1,255}$/.test(requestId)) {
        throw new Refusal('request', { title: 'The Idempotency-Key is not as it should be.', detail: '1 to 255 printable ASCII characters' });
      }
      const hash = createHash('sha256').update(JSON.stringify(body)).digest();
      planeOf(service);
      const answer = await inTransaction(client, async () => {
        const before = requestId === null ? null : await access.beginRequest(client, requestId, hash);
        if (before !== null) return accepted.parse(before);
        const batchId = await database.openBatch(client, {
          period: body.period, ledgerId: body.ledger, workers: body.workers, supplement: body.supplement, dryRun: body.dry_run,
        });
        const key = { batchId, ledgerId: body.ledger };
        await submit(service, client, key, (await database.findBatch(client, key)).attempt, body.sessions);
        const given = answerFor(key);
        if (requestId !== null) await access.endRequest(client, requestId, given);
        return given;
      });
      return accept({ batchId: answer.batch_id, ledgerId: answer.ledger_id });
    },
  }),
  route({
    method: 'get', path: '/batches', role: 'viewer', status: 200, response: batchList,
    summary: 'The batches of a ledger, newest first, in pages.',
    query: z.strictObject({
      ledger: ledgerQuery, period: period.optional(), status: database.status.optional(),
      limit: limitQuery(200).default(50), before: beforeBatch,
    }),
    handle: async ({ query, client }) => {
      const batches = await database.listBatches(client, { ledgerId: query.ledger, ...query });
      const last = batches.length === query.limit ? batches.at(-1) : undefined;
      return { body: { batches, next: last === undefined ? null : String(last.batch_no) } };
    },
  }),
  route({
    method: 'get', path: '/batches/{batch}', role: 'viewer', status: 200, response: database.batch, params: batchParams, query: onLedger,
    summary: 'A batch, its latest attempt.',
    handle: async ({ params, query, client }) => ({ body: await database.findBatch(client, keyOf(params, query)) }),
  }),
  route({
    method: 'get', path: '/batches/{batch}/report', role: 'viewer', status: 200, response: database.report, params: batchParams,
    query: onLedger, summary: 'The report monthend.report/1, at any time of the batch.',
    handle: async ({ params, query, client }) => ({ body: await database.readReport(client, keyOf(params, query)) }),
  }),
  route({
    method: 'get', path: '/batches/{batch}/progress', role: 'viewer', status: 200, response: database.progress.nullable(),
    params: batchParams, query: onLedger, summary: 'Phase, percent, rate and remaining time; null a day after the end.',
    handle: async ({ params, query, client }) => ({ body: (await database.readProgress(client, keyOf(params, query))) ?? null }),
  }),
  route({
    method: 'get', path: '/batches/{batch}/workers', role: 'viewer', status: 200, response: z.array(database.worker),
    params: batchParams, query: onLedger, summary: 'The workers with checkpoint, lease and error.',
    handle: async ({ params, query, client }) => ({ body: await database.listWorkers(client, keyOf(params, query)) }),
  }),
  route({
    method: 'get', path: '/batches/{batch}/validations', role: 'viewer', status: 200, response: z.array(database.result),
    params: batchParams, query: onLedger, summary: 'Results of the validation rules; of workers those that do not pass.',
    handle: async ({ params, query, client }) => ({ body: await database.listResults(client, keyOf(params, query)) }),
  }),
  route({
    method: 'get', path: '/batches/{batch}/rejects', live: true, role: 'auditor', status: 200, response: z.array(database.reject),
    params: batchParams, query: onLedger, summary: 'Rejected transactions with rule, reason, the row as it was, and what became of it.',
    handle: ({ params, query }) => Promise.resolve({ pages: (client) => database.rejectPages(client, keyOf(params, query)) }),
  }),
  route({
    method: 'get', path: '/batches/{batch}/events', live: true, hasEvents: true, role: 'viewer', status: 200, response: z.array(events.batchEvent),
    params: batchParams, query: z.strictObject({ ledger: ledgerQuery, after: z.string().regex(/^\d{1,18}$/).default('0') }),
    summary: 'Events of the batch; with Accept: text/event-stream as they come, resumable by Last-Event-ID.',
    headers: [{ name: 'Last-Event-ID', description: 'The id of the last event that has come: only later ones are sent.' }],
    handle: async ({ params, query, client, service, request }) => {
      const key = keyOf(params, query);
      if (!wantsEvents(request)) {
        return { pages: (reader) => events.eventPages(reader, key, query.after) };
      }
      await database.findBatch(client, key);
      return { events: batchEvents(service.feeds, key, request.headers.get('last-event-id') ?? '') };
    },
  }),
  route({
    method: 'post', path: '/batches/{batch}/resume', role: 'operator', status: 202, response: accepted, params: batchParams,
    query: onLedger, body: z.strictObject({ sessions: z.int().min(1).max(250).optional() }),
    summary: 'Go on with a batch that was interrupted; failed workers get another try. Sessions that are given scale it; else it keeps what it was scaled to.',
    handle: async ({ params, query, body, client, service }) => {
      const key = keyOf(params, query);
      await inTransaction(client, async () => {
        await database.retryFailedWorkers(client, key);
        const { attempt, status, wanted_sessions: scaledTo } = await database.findBatch(client, key);
        if (database.ended.has(status)) return;
        const isAtWork = (await database.batchBackends(client, key)).length > 0;
        if (!isAtWork) await submit(service, client, key, attempt, body.sessions ?? scaledTo ?? undefined);
        else if (body.sessions !== undefined) await scaleBatch(client, key, body.sessions);
      });
      return accept(key);
    },
  }),
  route({
    method: 'post', path: '/batches/{batch}/scale', role: 'operator', status: 202, response: accepted, params: batchParams,
    query: onLedger, body: z.strictObject({ sessions: z.int().min(1).max(250) }),
    summary: 'Give a running batch more sessions or fewer; control planes start them, and one too many leaves after its chunk.',
    handle: async ({ params, query, body, client }) => {
      const key = keyOf(params, query);
      await scaleBatch(client, key, body.sessions);
      return accept(key);
    },
  }),
  route({
    method: 'post', path: '/batches/{batch}/cancel', role: 'operator', status: 200, response: database.batch, params: batchParams,
    query: onLedger, summary: 'End a batch before its commit and take everything of it away but its record.',
    handle: async ({ params, query, client, service }) => {
      const key = keyOf(params, query);
      // a chunk or an index that is being made holds the tables that are to go
      await cancelBackends(client, await database.batchBackends(client, key));
      await database.cancelBatch(client, key);
      const ended = await database.findBatch(client, key);
      await service.plane()?.clear({ ...key, attempt: ended.attempt });
      return { body: ended };
    },
  }),
];
