import { setTimeout as sleep } from 'node:timers/promises';
import { styleText } from 'node:util';
import type pg from 'pg';
import type { BatchKey } from '../database/batch.ts';
import { readScreen, sampleBatches, type Screen } from '../database/monitoring.ts';
import { openSession } from '../database/session.ts';
import { OperatorError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { readHost } from '../jobs/read-host.ts';
import { timeOfDay } from '../output/format.ts';
import { layout, type Paint } from './layout.ts';
import { openTerminal } from './terminal.ts';

const everyMs = 1_000;

const paint: Paint = (format, text) => styleText(format, text, { stream: process.stdout });

/**
 * Shows a batch on the whole terminal until it has ended. Takes its samples too, so that a close by
 * psql can be watched as well. A server that is away is waited for. Throws when it is interrupted.
 */
export async function watchScreen(url: string, key: BatchKey): Promise<void> {
  const interrupted = new AbortController();
  const onSignal = (): void => interrupted.abort();
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  let client: pg.Client | undefined;
  let screen: Screen | undefined;
  let notice: string | undefined;
  const draw = (): void => {
    if (screen !== undefined) terminal.draw(layout(screen, terminal.size(), paint, notice));
  };
  const terminal = openTerminal(draw);
  try {
    while (!interrupted.signal.aborted && screen?.batch.is_running !== false) {
      try {
        client ??= (await openSession(url, 'monthend screen')).client;
        await sampleBatches(client, await readHost());
        screen = await readScreen(client, key);
        notice = undefined;
      } catch (error) {
        if ((error as { code?: string }).code?.startsWith('M') === true) throw error;
        await client?.end().catch(() => undefined);
        client = undefined;
        notice ??= `the server is away since ${timeOfDay(new Date().toISOString())}`;
      }
      draw();
      if (screen?.batch.is_running !== false) await sleep(everyMs, undefined, { signal: interrupted.signal }).catch(() => undefined);
    }
  } finally {
    terminal.close();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    await client?.end().catch(() => undefined);
  }
  if (interrupted.signal.aborted) {
    throw new OperatorError('Watching has ended; the batch goes on.', { hint: `./monthend status ${key.batchId} --watch`, exitCode: exitCodes.interrupted });
  }
}
