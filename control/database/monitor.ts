import { z } from 'zod';
import type { BatchKey } from './batch.ts';
import { bigint, pages, type Queryable, row, rows } from './query.ts';

export const batchEvent = z.object({
  event_id: bigint, at: z.date(), kind: z.string(), worker_id: z.number().nullable(), message: z.string(),
});
export type BatchEvent = z.output<typeof batchEvent>;

const eventColumns = 'event_id, at, kind, worker_id, message';

/** Events of a batch after one, oldest first, page by page. */
export function eventPages(client: Queryable, key: BatchKey, afterId: string): AsyncGenerator<BatchEvent[]> {
  return pages(
    client, batchEvent,
    `select ${eventColumns} from month_end.batch_event
      where batch_no = (month_end.find_batch($1, $2::integer)).batch_no and event_id > $3
      order by event_id`,
    [key.batchId, key.ledgerId, afterId],
  );
}

const page = z.object({ events: z.array(batchEvent.extend({ at: z.coerce.date() })), xmin: bigint, xmax: bigint });

/** Events of a batch that a reader has not, and what the snapshot that read them saw: see api/live/event-feed.ts. */
export type EventPage = z.output<typeof page>;

/** Which events a reader has: all up to a number, and those of some ranges above it. */
export interface EventsRead {
  readonly settled: bigint;
  readonly ranges: readonly (readonly [from: bigint, to: bigint])[];
}

/** As eventPages, for who follows a batch and has some of them already; oldest first. */
export function readEvents(client: Queryable, key: BatchKey, read: EventsRead, limit: number): Promise<EventPage> {
  return row(
    client, page,
    `select coalesce(jsonb_agg(jsonb_build_object('event_id', e.event_id::text, 'at', e.at, 'kind', e.kind,
              'worker_id', e.worker_id, 'message', e.message) order by e.event_id), '[]') as events,
            pg_snapshot_xmin(pg_current_snapshot())::text as xmin, pg_snapshot_xmax(pg_current_snapshot())::text as xmax
       from (select ${eventColumns} from month_end.batch_event
              where batch_no = (month_end.find_batch($1, $2::integer)).batch_no and event_id > $3
                and not event_id <@ $5::int8multirange
              order by event_id limit $4) e`,
    [key.batchId, key.ledgerId, read.settled.toString(), limit, `{${read.ranges.map(([from, to]) => `[${from},${to}]`).join(',')}}`],
  );
}

export const worker = z.object({
  worker_id: z.number(), status: z.string(), first_chunk: z.number(), last_chunk: z.number(),
  checkpoint: z.number().nullable(), transaction_count: bigint, processed_count: bigint, busy_ms: bigint,
  attempts: z.number(), leased_by: z.string().nullable(), leased_at: z.date().nullable(),
  error_sqlstate: z.string().nullable(), error_message: z.string().nullable(),
});

/** The workers of a batch, with checkpoint and lease. */
export function listWorkers(client: Queryable, key: BatchKey): Promise<z.output<typeof worker>[]> {
  return rows(
    client, worker,
    `select ${Object.keys(worker.shape).join(', ')} from month_end.batch_worker_control
      where batch_no = (month_end.find_batch($1, $2::integer)).batch_no order by worker_id`,
    [key.batchId, key.ledgerId],
  );
}

export const periodRow = z.object({ period: z.string(), state: z.string(), next_number: bigint });

/** The periods of a ledger that have rows or batches, the latest first. */
export function listPeriods(client: Queryable, ledgerId: number): Promise<z.output<typeof periodRow>[]> {
  return rows(
    client, periodRow,
    'select period, state, next_number from books.period where ledger_id = $1 order by period desc', [ledgerId],
  );
}

/** books.lock_period: takes no batch any more, for good; M1001, M1005, M1006 name the state that it is in. */
export async function lockPeriod(client: Queryable, period: string, ledgerId: number): Promise<void> {
  await client.query('select books.lock_period($1, $2::integer)', [period, ledgerId]);
}

export const ruleLine = z.object({
  source: z.string(), version: z.number(), valid_from: z.string(), valid_to: z.string().nullable(),
  entry_no: z.number(), entry_code: z.string(), line_no: z.number(), account_code: z.string(), is_debit: z.boolean(),
  share_from: z.string(), share_to: z.string(),
});

/** The posting rules of a ledger, a row each line. */
export function listRules(client: Queryable, ledgerId: number): Promise<z.output<typeof ruleLine>[]> {
  return rows(
    client, ruleLine,
    `select o.code as source, s.version, to_char(s.valid_from, 'YYYY-MM-DD') as valid_from,
            to_char(s.valid_to, 'YYYY-MM-DD') as valid_to, e.entry_no, e.code as entry_code, l.line_no,
            a.code as account_code, l.is_debit, l.share_from, l.share_to
       from books.rule_set s
       join books.source o using (source)
       join books.rule_entry e using (rule_set_id)
       join books.rule_line l using (rule_set_id, entry_no)
       join books.account a using (account_id)
      where s.ledger_id = $1 order by o.code, s.version, e.entry_no, l.line_no`,
    [ledgerId],
  );
}

/** Has the session told of events of batches; the table has them. */
export async function listen(client: Queryable): Promise<void> {
  await client.query('listen month_end');
}
