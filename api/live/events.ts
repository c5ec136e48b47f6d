import type { BatchKey } from '../../control/database/batch.ts';
import { hasEvent, includes, readCursor, union, writeCursor } from './event-cursor.ts';
import { type Feed, type Feeds, withId } from './event-feed.ts';
import type { Events } from './followers.ts';

/** What a client that has come back still has to be sent, event by event, from a feed that all share; then its end. */
function reader({ entries, end }: Feed, lastEventId: string): () => Uint8Array | undefined | null {
  let own = lastEventId === '' ? undefined : readCursor(lastEventId);
  let at = 0;
  let isOver = false;
  return () => {
    for (; at < entries.length; at += 1) {
      const entry = entries[at];
      if (entry === undefined || (own !== undefined && hasEvent(own, entry.id))) continue;
      at += 1;
      // until the feed has all that the client came with, what it has is more than the feed's place says
      if (own === undefined || entry.cursor === undefined) return entry.bytes;
      const place = readCursor(entry.cursor);
      if (!includes(place, own)) return Buffer.from(withId(writeCursor(union(own, place)), entry.text));
      own = undefined;
      return entry.bytes;
    }
    const last = end();
    if (last === undefined) return undefined;
    if (isOver || last === '') return null;
    isOver = true;
    return Buffer.from(last);
  };
}

/**
 * The events of a batch as Server-Sent Events until it has ended. A client is a place in the feed that all
 * share: a slow one holds up nothing but itself, and keeps nothing of its own.
 */
export const batchEvents = (feeds: Feeds, key: BatchKey, lastEventId: string): Events => (look) => {
  const { feed, leave } = feeds.join(key, look);
  return { next: reader(feed, lastEventId), leave };
};
