import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchKey } from '../../control/database/batch.ts';
import type { Screen } from '../../control/database/monitoring.ts';
import type { Events } from './followers.ts';

const spokenEveryMs = 1_000;
const lookEveryMs = 250;

interface ScreenEvent { readonly text: string; readonly bytes: Uint8Array; readonly isLast: boolean }

interface ScreenFeed { readonly followers: Set<() => void>; newest: ScreenEvent | undefined }

export interface Screens {
  /**
   * The screen of a batch as events named `screen`, whenever it has changed, at most once a second; `END` with the
   * last one when the batch has ended. A slow client gets what is newest when it takes it.
   */
  readonly follow: (key: BatchKey) => Events;
  /** Lets all go. */
  readonly stop: () => void;
}

function eventOf(text: string, { is_running: isRunning, status }: Screen['batch']): ScreenEvent {
  const end = isRunning ? '' : `event: END\ndata: ${JSON.stringify({ status })}\n\n`;
  return { text, bytes: Buffer.from(`event: screen\ndata: ${text}\n\n${end}`), isLast: !isRunning };
}

/** The screen of each batch that somebody follows, written once for all who do. */
export function createScreens(read: (key: BatchKey) => Promise<Screen>): Screens {
  const feeds = new Map<string, ScreenFeed>();
  let isStopped = false;

  const run = async (feed: ScreenFeed, key: BatchKey): Promise<void> => {
    while (feed.followers.size > 0 && !isStopped) {
      // a database that is away is waited for
      const screen = await read(key).catch(() => undefined);
      const text = JSON.stringify(screen);
      if (screen !== undefined && text !== feed.newest?.text) feed.newest = eventOf(text, screen.batch);
      for (const look of feed.followers) look();
      await sleep(lookEveryMs);
    }
  };
  const join = (key: BatchKey, look: () => void): ScreenFeed => {
    const name = `${key.ledgerId}/${key.batchId}`;
    const found = feeds.get(name);
    const feed: ScreenFeed = found ?? { followers: new Set(), newest: undefined };
    feed.followers.add(look);
    feeds.set(name, feed);
    if (found === undefined) void run(feed, key).then(() => feeds.delete(name));
    return feed;
  };

  return {
    follow: (key) => (look) => {
      const feed = join(key, look);
      let sent: ScreenEvent | undefined;
      let sentAt = 0;
      const next = (): Uint8Array | undefined | null => {
        if (isStopped || sent?.isLast === true) return null;
        const { newest } = feed;
        if (newest === undefined || newest === sent || Date.now() - sentAt < spokenEveryMs) return undefined;
        sentAt = Date.now();
        sent = newest;
        return newest.bytes;
      };
      return { next, leave: () => void feed.followers.delete(look) };
    },
    stop: () => {
      isStopped = true;
      for (const { followers } of feeds.values()) for (const look of followers) look();
    },
  };
}
