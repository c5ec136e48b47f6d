import { z } from 'zod';
import type { BatchKey } from './batch.ts';
import { bigint, pages, type Queryable, row, rows, value } from './query.ts';

export const batchEvent = z.object({
  event_id: bigint, at: z.date(), kind: z.string(), worker_id: z.number().nullable(), message: z.string(),
});
type BatchEvent = z.output<typeof batchEvent>;

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
interface EventsRead {
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

const logEvent = z.object({
  event_id: bigint, kind: z.string(), worker_id: z.number().nullable(), message: z.string().nullable(),
  error_sqlstate: z.string().nullable(), session: z.number().nullable(),
});

/** The newest event of a batch. */
export function lastEventId(client: Queryable, key: BatchKey): Promise<string> {
  return value(
    client, bigint,
    `select coalesce(max(event_id), 0)::text as value from month_end.batch_event
      where batch_no = (month_end.find_batch($1, $2::integer)).batch_no`,
    [key.batchId, key.ledgerId],
  );
}

/**
 * Events of a batch after one, for a log, those of a worker with the pid of its session: messages of errors may have values in them, and stay out. Of
 * an age that those with lower numbers, from other sessions, have been committed by then.
 */
export function listLogEvents(client: Queryable, key: BatchKey, afterId: string, ageSeconds: number): Promise<z.output<typeof logEvent>[]> {
  return rows(
    client, logEvent,
    `select event_id, kind, worker_id, substring(w.leased_by from 'pid (\\d+)$')::integer as session,
            case when kind !~ '^WORKER_|FAILED$' then message end as message,
            case when kind ~ '^WORKER_' then substring(message from '^worker \\d+: (\\w{5}) ') end as error_sqlstate
       from month_end.batch_event left join month_end.batch_worker_control w using (batch_no, worker_id)
      where batch_no = (month_end.find_batch($1, $2::integer)).batch_no and event_id > $3
        and at <= clock_timestamp() - make_interval(secs => $4)
      order by event_id limit 1000`,
    [key.batchId, key.ledgerId, afterId, ageSeconds],
  );
}

/** Has the session told of events of batches; the table has them. */
export async function listen(client: Queryable): Promise<void> {
  await client.query('listen month_end');
}
