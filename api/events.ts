import pg from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import * as database from '../control/database/batch.ts';
import * as monitor from '../control/database/monitor.ts';
import type { Service } from './route.ts';

const lookEveryMs = 1_000;
const heartbeatMs = 15_000;
const pageSize = 500;

/**
 * Which events a client has. Numbers are given out before their transactions commit, so a lower one
 * may come after a higher one: all up to `settled` were sent or will never be, of the others those in
 * `sent`. As text, `120` or `120+123+125`, it is the id of an SSE event.
 */
export interface Cursor {
  settled: bigint;
  readonly sent: Set<string>;
  /** The highest number that a snapshot has seen: settled once everything has ended that ran then. */
  mark?: { readonly id: bigint; readonly xmax: bigint } | undefined;
}

/** A cursor from the text of Last-Event-ID; the beginning where it is none of ours. */
export function readCursor(text: string): Cursor {
  const [settled = '0', ...sent] = /^\d{1,18}(\+\d{1,18}){0,1000}$/.test(text) ? text.split('+') : [];
  return { settled: BigInt(settled), sent: new Set(sent) };
}

/** The other way round. */
export const writeCursor = ({ settled, sent }: Cursor): string => [String(settled), ...sent].join('+');

/** Takes what was read: returns what is new to the client, each with the cursor after it. */
export function advance(
  cursor: Cursor, page: monitor.EventPage,
): { readonly event: monitor.BatchEvent; readonly id: string }[] {
  // a full page may have left lower numbers out than the mark
  const isWhole = page.events.length < pageSize;
  if (isWhole && cursor.mark !== undefined && BigInt(page.xmin) >= cursor.mark.xmax) {
    cursor.settled = cursor.mark.id;
    cursor.mark = undefined;
  }
  const fresh = page.events.filter(({ event_id: id }) => !cursor.sent.has(id)).map((event) => {
    cursor.sent.add(event.event_id);
    return { event, id: writeCursor(cursor) };
  });
  for (const id of cursor.sent) if (BigInt(id) <= cursor.settled) cursor.sent.delete(id);
  if (cursor.mark === undefined && cursor.sent.size > 0) {
    const highest = [...cursor.sent].map(BigInt).reduce((one, other) => (one > other ? one : other));
    cursor.mark = { id: highest, xmax: BigInt(page.xmax) };
  }
  return fresh;
}

/**
 * The events of a batch as Server-Sent Events until it has ended. The stream reads the table when its
 * client takes what it was given: a slow client holds up nothing but itself, in memory that doesn't grow.
 */
export function eventStream(
  service: Service, key: database.BatchKey, lastEventId: string, signal: AbortSignal,
): ReadableStream<Uint8Array> {
  const cursor = readCursor(lastEventId);
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  let spokenAt = Date.now();
  let isOver = false;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      while (!signal.aborted && !service.isStopping()) {
        let text = '';
        try {
          // the state first: what it says has its event in the table
          const { status } = await database.findBatch(service.pool, key);
          const page = await monitor.readEvents(service.pool, key, String(cursor.settled), [...cursor.sent], pageSize);
          text = advance(cursor, page).map(({ event, id }) => `id: ${id}\nevent: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`).join('');
          isOver = database.ended.has(status) && text === '';
          if (isOver) text = `event: END\ndata: ${JSON.stringify({ status })}\n\n`;
        } catch (error) {
          if (error instanceof pg.DatabaseError && error.code?.startsWith('M')) break;
          // the database is away: the client keeps its place, and is told that we are there
        }
        if (text === '' && Date.now() - spokenAt >= heartbeatMs) text = ': still here\n\n';
        if (text !== '') {
          spokenAt = Date.now();
          controller.enqueue(encode(text));
          if (isOver) break;
          return;
        }
        await service.eventsAfter(lookEveryMs, signal).catch(() => sleep(lookEveryMs));
      }
      controller.close();
    },
  }, { highWaterMark: 1 });
}
