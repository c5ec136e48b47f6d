import { z } from 'zod';
import type { BatchKey } from './batch.ts';
import { bigint, type Queryable, rows, value } from './query.ts';

const logEvent = z.object({
  event_id: bigint, kind: z.string(), worker_id: z.number().nullable(), message: z.string().nullable(),
  error_sqlstate: z.string().nullable(),
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
 * Events of a batch after one, for a log: messages of errors may have values in them, and stay out. Of
 * an age that those with lower numbers, from other sessions, have been committed by then.
 */
export function listLogEvents(client: Queryable, key: BatchKey, afterId: string, ageSeconds: number): Promise<z.output<typeof logEvent>[]> {
  return rows(
    client, logEvent,
    `select event_id, kind, worker_id,
            case when kind !~ '^WORKER_|FAILED$' then message end as message,
            case when kind ~ '^WORKER_' then substring(message from '^worker \\d+: (\\w{5}) ') end as error_sqlstate
       from month_end.batch_event
      where batch_no = (month_end.find_batch($1, $2::integer)).batch_no and event_id > $3
        and at <= clock_timestamp() - make_interval(secs => $4)
      order by event_id limit 1000`,
    [key.batchId, key.ledgerId, afterId, ageSeconds],
  );
}
