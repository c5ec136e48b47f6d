import type { BatchKey } from '../../control/database/batch.ts';
import { hasEvent, includes, readCursor, union, writeCursor } from './event-cursor.ts';
import { type Feed, type FeedEntry, type Feeds, withId } from './event-feed.ts';
import type { Events } from './followers.ts';

/** What a client that has come back still has to be sent, piece by piece, from a feed that all share; then its end. */
function reader({ entries, end }: Feed, lastEventId: string): () => Uint8Array | undefined | null {
  let own = lastEventId === '' ? undefined : readCursor(lastEventId);
  let at = 0;
  let isOver = false;
  /** An event and those that lie behind it in memory, without a copy. */
  const run = ({ bytes }: FeedEntry): Uint8Array => {
    let to = bytes.byteOffset + bytes.length;
    for (let next = entries[at]; next?.bytes.buffer === bytes.buffer && next.bytes.byteOffset === to; next = entries[at]) {
      to += next.bytes.length;
      at += 1;
    }
    return Buffer.from(bytes.buffer, bytes.byteOffset, to - bytes.byteOffset);
  };
  return () => {
    for (let entry = entries[at]; entry !== undefined; entry = entries[at]) {
      at += 1;
      if (own !== undefined && hasEvent(own, entry.id)) continue;
      if (own === undefined) return run(entry);
      if (entry.cursor === undefined) return entry.bytes;
      // until the feed has all that the client came with, what it has is more than the feed's place says
      const place = readCursor(entry.cursor);
      if (!includes(place, own)) return Buffer.from(withId(writeCursor(union(own, place)), entry.text));
      own = undefined;
      return run(entry);
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
