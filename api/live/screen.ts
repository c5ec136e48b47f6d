import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchKey } from '../../control/database/batch.ts';
import type { Service } from '../routes/route.ts';

const spokenEveryMs = 1_000;
const heartbeatMs = 15_000;

/**
 * The screen as Server-Sent Events named `screen`, whenever it has changed, at most once a second;
 * `END` with the last one when the batch has ended. A slow client gets what is newest when it takes it.
 */
export function screenStream(
  service: Service, key: BatchKey, signal: AbortSignal,
): ReadableStream<Uint8Array> {
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  let spokenAt = 0;
  let sent = '';
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      while (!signal.aborted && !service.isStopping()) {
        const wait = spokenAt + spokenEveryMs - Date.now();
        if (wait > 0) await sleep(wait, undefined, { signal }).catch(() => undefined);
        // a database that is away is waited for: the client is told that we are there
        const screen = await service.readScreen(key).catch(() => undefined);
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
        await sleep(spokenEveryMs / 4, undefined, { signal }).catch(() => undefined);
      }
      controller.close();
    },
  }, { highWaterMark: 1 });
}
