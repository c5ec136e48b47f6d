import type { BatchKey } from '../../control/database/batch.ts';
import { hasEvent, includes, readCursor, union, writeCursor } from './event-cursor.ts';
import { type Feed, type Feeds, withId } from './event-feed.ts';

const heartbeatMs = 15_000;
const mostBytes = 64 * 1024;

/** What a client that has come back still has to be sent, piece by piece, from a feed that all share. */
function reader({ entries }: Feed, lastEventId: string): () => Uint8Array | undefined {
  let own = lastEventId === '' ? undefined : readCursor(lastEventId);
  let at = 0;
  return () => {
    const pieces: Uint8Array[] = [];
    let size = 0;
    for (; at < entries.length && size < mostBytes; at += 1) {
      const entry = entries[at];
      if (entry === undefined || (own !== undefined && hasEvent(own, entry.id))) continue;
      let { bytes } = entry;
      // until the feed has all that the client came with, what it has is more than the feed's place says
      if (own !== undefined && entry.cursor !== undefined) {
        const place = readCursor(entry.cursor);
        if (includes(place, own)) own = undefined;
        else bytes = Buffer.from(withId(writeCursor(union(own, place)), entry.text));
      }
      pieces.push(bytes);
      size += bytes.length;
    }
    return pieces.length === 0 ? undefined : pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
  };
}

/**
 * The events of a batch as Server-Sent Events until it has ended. A client is a place in the feed that all
 * share: a slow one holds up nothing but itself, and keeps nothing of its own.
 */
export function eventStream(feeds: Feeds, key: BatchKey, lastEventId: string): ReadableStream<Uint8Array> {
  const { feed, leave } = feeds.join(key);
  const next = reader(feed, lastEventId);
  let spokenAt = Date.now();
  let isGone = false;
  const say = (controller: ReadableStreamDefaultController<Uint8Array>, piece: Uint8Array): void => {
    spokenAt = Date.now();
    controller.enqueue(piece);
  };
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      for (;;) {
        if (isGone) return;
        const piece = next();
        if (piece !== undefined) return say(controller, piece);
        const end = feed.end();
        if (end !== undefined) {
          leave();
          if (end !== '') controller.enqueue(Buffer.from(end));
          controller.close();
          return;
        }
        if (Date.now() - spokenAt >= heartbeatMs) return say(controller, Buffer.from(': still here\n\n'));
        await feed.change();
      }
    },
    cancel: () => {
      isGone = true;
      leave();
    },
  }, { highWaterMark: 1 });
}
