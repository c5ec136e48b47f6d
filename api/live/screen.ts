import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchKey } from '../../control/database/batch.ts';
import type { Screen } from '../../control/database/monitoring.ts';
import type { Service } from '../routes/route.ts';

const spokenEveryMs = 1_000;
const heartbeatMs = 15_000;

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

interface ScreenEvent { readonly text: string; readonly bytes: Uint8Array }
const written = new WeakMap<Screen, ScreenEvent>();

/** A screen as an event: all who follow are given the same one, so it is written once. */
function eventOf(screen: Screen): ScreenEvent {
  const known = written.get(screen);
  if (known !== undefined) return known;
  const text = JSON.stringify(screen);
  const event = { text, bytes: encode(`event: screen\ndata: ${text}\n\n`) };
  written.set(screen, event);
  return event;
}

/**
 * The screen as Server-Sent Events named `screen`, whenever it has changed, at most once a second;
 * `END` with the last one when the batch has ended. A slow client gets what is newest when it takes it.
 */
export function screenStream(service: Service, key: BatchKey): ReadableStream<Uint8Array> {
  const gone = new AbortController();
  const { signal } = gone;
  let spokenAt = 0;
  let sent = '';
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      while (!signal.aborted && !service.isStopping()) {
        const wait = spokenAt + spokenEveryMs - Date.now();
        if (wait > 0) await sleep(wait, undefined, { signal }).catch(() => undefined);
        // a database that is away is waited for: the client is told that we are there
        const screen = await service.readScreen(key).catch(() => undefined);
        if (signal.aborted) return;
        const event = screen && eventOf(screen);
        if (event !== undefined && event.text !== sent) {
          sent = event.text;
          spokenAt = Date.now();
          controller.enqueue(event.bytes);
          if (screen?.batch.is_running === true) return;
          controller.enqueue(encode(`event: END\ndata: ${JSON.stringify({ status: screen?.batch.status })}\n\n`));
          break;
        }
        if (Date.now() - spokenAt >= heartbeatMs) {
          spokenAt = Date.now();
          controller.enqueue(encode(': still here\n\n'));
          return;
        }
        await sleep(spokenEveryMs / 4, undefined, { signal }).catch(() => undefined);
      }
      if (!signal.aborted) controller.close();
    },
    cancel: () => gone.abort(),
  }, { highWaterMark: 1 });
}
