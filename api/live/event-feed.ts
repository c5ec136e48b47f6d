import pg from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import * as database from '../../control/database/batch.ts';
import { type EventPage, readEvents } from '../../control/database/events.ts';
import { addRange, type Cursor, settle, writeCursor } from './event-cursor.ts';
import type { Notifications } from './notifications.ts';

const lookEveryMs = 1_000;
// a burst of notifications is one look
const pauseMs = 100;
const beatEveryMs = 5_000;
const pageSize = 500;

/** An event as it is sent. */
export interface FeedEntry {
  readonly id: bigint;
  /** The event without its id. */
  readonly text: string;
  /** What a client has that was sent all of the feed up to here, as text; undefined where that is too long. */
  readonly cursor: string | undefined;
  /** With that as its id. Those read together lie in memory one behind the other. */
  readonly bytes: Uint8Array;
}

/** The events of one batch, read once for all who follow it. */
export interface Feed {
  readonly entries: readonly FeedEntry[];
  /** Once nothing more will come: what is sent then; empty where the service stops. */
  readonly end: () => string | undefined;
}

export interface Feeds {
  /** Joins those who follow a batch: `look` is called when there is something new, and every few seconds. */
  readonly join: (key: database.BatchKey, look: () => void) => { readonly feed: Feed; readonly leave: () => void };
  /** Lets all go. */
  readonly stop: () => void;
}

// a page has memory of its own: a piece of Node's pool would keep all of that
const encoder = new TextEncoder();

interface Mark { readonly id: bigint; readonly xmax: bigint }

/** Reads a batch's events as long as somebody follows it. Everything read is kept: as many as it has chunks and phases. */
function createFeed(pool: pg.Pool, notifications: Notifications, key: database.BatchKey, onEnd: () => void) {
  const followers = new Set<() => void>();
  const entries: FeedEntry[] = [];
  const cursor: Cursor = { settled: 0n, ranges: [] };
  let mark: Mark | undefined;
  let end: string | undefined;
  const tell = (): void => { for (const look of followers) look(); };
  const beat = setInterval(tell, beatEveryMs);
  const finish = (text: string): void => {
    if (end !== undefined) return;
    end = text;
    clearInterval(beat);
    onEnd();
    tell();
  };

  /** Takes a page, and says whether there may be more. */
  const take = ({ events, xmin, xmax }: EventPage): boolean => {
    // a full page may have left lower numbers out than the mark
    const isWhole = events.length < pageSize;
    if (isWhole && mark !== undefined && BigInt(xmin) >= mark.xmax) {
      settle(cursor, mark.id);
      mark = undefined;
    }
    const written = events.map((event) => {
      const id = BigInt(event.event_id);
      addRange(cursor, id);
      const text = `event: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`;
      const place = writeCursor(cursor);
      return { id, text, cursor: place, whole: withId(place, text) };
    });
    const page = encoder.encode(written.map(({ whole }) => whole).join(''));
    let at = 0;
    for (const { whole, ...entry } of written) entries.push({ ...entry, bytes: page.subarray(at, at += Buffer.byteLength(whole)) });
    // the highest number that a snapshot has seen: settled once everything has ended that ran then
    const highest = cursor.ranges.at(-1)?.[1];
    if (mark === undefined && highest !== undefined) mark = { id: highest, xmax: BigInt(xmax) };
    return !isWhole;
  };

  const look = async (): Promise<void> => {
    // the state first: what it says has its event in the table
    const { status } = await database.findBatch(pool, key);
    const before = entries.length;
    while (followers.size > 0 && end === undefined && take(await readEvents(pool, key, cursor, pageSize)));
    if (entries.length > before) tell();
    else if (database.ended.has(status)) finish(`event: END\ndata: ${JSON.stringify({ status })}\n\n`);
  };

  const run = async (): Promise<void> => {
    while (followers.size > 0 && end === undefined) {
      try {
        await look();
      } catch (error) {
        // an error of ours, such as a batch that is gone; else the database is away and will be back
        if (error instanceof pg.DatabaseError && error.code?.startsWith('M')) finish('');
      }
      if (end === undefined) await Promise.all([notifications.wait(lookEveryMs), sleep(pauseMs)]);
    }
    finish('');
  };
  return { feed: { entries, end: () => end } satisfies Feed, followers, run, stop: () => finish('') };
}

/** An event with what its client has then. Without an id the client keeps the one before. */
export const withId = (cursor: string | undefined, text: string): string => (cursor === undefined ? text : `id: ${cursor}\n${text}`);

/** A feed a batch that somebody follows. */
export function createFeeds(pool: pg.Pool, notifications: Notifications): Feeds {
  const feeds = new Map<string, ReturnType<typeof createFeed>>();
  const open = (name: string, key: database.BatchKey) => {
    const made = createFeed(pool, notifications, key, () => feeds.get(name) === made && feeds.delete(name));
    feeds.set(name, made);
    return made;
  };
  return {
    join: (key, look) => {
      const name = `${key.ledgerId}/${key.batchId}`;
      const found = feeds.get(name);
      const { feed, followers, run } = found ?? open(name, key);
      followers.add(look);
      if (found === undefined) void run();
      return { feed, leave: () => void followers.delete(look) };
    },
    stop: () => { for (const { stop } of [...feeds.values()]) stop(); },
  };
}
