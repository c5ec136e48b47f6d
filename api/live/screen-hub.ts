import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type * as database from '../../control/database/batch.ts';
import { readScreen, type Screen } from '../../control/database/monitoring.ts';
import type { Service } from '../routes/route.ts';

const freshMs = 1_000;
const heartbeatMs = 15_000;

/** Reads the screen of a batch at most once a second, whatever the number of viewers. */
export interface ScreenHub {
  readonly read: (key: database.BatchKey) => Promise<Screen>;
}

/** A hub for one process. */
export function createScreenHub(pool: pg.Pool): ScreenHub {
  const last = new Map<string, { readonly at: number; readonly screen: Promise<Screen> }>();
  return {
    read: (key) => {
      const name = `${key.ledgerId}/${key.batchId}`;
      const known = last.get(name);
      if (known !== undefined && Date.now() - known.at < freshMs) return known.screen;
      for (const [other, { at }] of last) if (Date.now() - at >= freshMs) last.delete(other);
      const screen = readScreen(pool, key);
      last.set(name, { at: Date.now(), screen });
      screen.catch(() => last.delete(name));
      return screen;
    },
  };
}

/**
 * The screen as Server-Sent Events named `screen`, whenever it has changed, at most once a second;
 * `END` with the last one when the batch has ended. A slow client gets what is newest when it takes it.
 */
export function screenStream(
  service: Service, key: database.BatchKey, signal: AbortSignal,
): ReadableStream<Uint8Array> {
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  let spokenAt = 0;
  let sent = '';
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      while (!signal.aborted && !service.isStopping()) {
        const wait = spokenAt + freshMs - Date.now();
        if (wait > 0) await sleep(wait, undefined, { signal }).catch(() => undefined);
        // a database that is away is waited for: the client is told that we are there
        const screen = await service.screens.read(key).catch(() => undefined);
        const text = screen === undefined ? '' : JSON.stringify(screen);
        if (text !== sent && screen !== undefined) {
          sent = text;
          spokenAt = Date.now();
          controller.enqueue(encode(`event: screen\ndata: ${text}\n\n`));
          if (!screen.batch.is_running) {
            controller.enqueue(encode(`event: END\ndata: ${JSON.stringify({ status: screen.batch.status })}\n\n`));
            break;
          }
          return;
        }
        if (Date.now() - spokenAt >= heartbeatMs) {
          spokenAt = Date.now();
          controller.enqueue(encode(': still here\n\n'));
          return;
        }
        await sleep(freshMs / 4, undefined, { signal }).catch(() => undefined);
      }
      controller.close();
    },
  }, { highWaterMark: 1 });
}
