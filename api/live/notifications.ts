import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { listen } from '../../control/database/events.ts';
import { connect } from '../../control/server/index.ts';

export interface Notifications {
  /** Returns at the next notification, at the latest after so many milliseconds. */
  readonly wait: (milliseconds: number) => Promise<void>;
  readonly stop: () => Promise<void>;
}

const reconnectEveryMs = 1_000;

/** One session that listens for all: a lost notification, or a lost session, only makes a waiter late. */
export function startNotifications(url: string): Notifications {
  const announced = new EventEmitter().setMaxListeners(0);
  const stopped = new AbortController();
  let client: pg.Client | undefined;
  const run = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      try {
        client = await connect({ url, applicationName: 'monthend events' });
        if (stopped.signal.aborted) return await client.end();
        client.on('notification', () => announced.emit('event'));
        const end = once(client, 'end');
        await listen(client);
        await end;
      } catch {
        await sleep(reconnectEveryMs, undefined, { signal: stopped.signal }).catch(() => undefined);
      }
    }
  };
  const running = run();
  return {
    wait: async (milliseconds) => {
      const limit = AbortSignal.any([stopped.signal, AbortSignal.timeout(milliseconds)]);
      await once(announced, 'event', { signal: limit }).catch(() => undefined);
    },
    stop: async () => {
      stopped.abort();
      await client?.end().catch(() => undefined);
      await running;
    },
  };
}
