import { setTimeout as sleep } from 'node:timers/promises';
import { styleText } from 'node:util';
import type pg from 'pg';
import { type BatchKey, currentBatch } from '../database/batch.ts';
import { readScreen, sampleBatches, type Screen, shownForMs } from '../database/monitoring.ts';
import { openSession } from '../database/session.ts';
import { OperatorError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { readHost } from '../jobs/read-host.ts';
import { timeOfDay, typed } from '../output/format.ts';
import { emptyLayout, layout, type Paint } from './layout.ts';
import { openTerminal } from './terminal.ts';

const everyMs = 1_000;

const paint: Paint = (format, text) => styleText(format, text, { stream: process.stdout });

/**
 * Shows a batch on the whole terminal until it has ended; of a ledger alone, the batch that runs, else
 * the newest, and each that comes. Takes its samples too, so that a close by psql can be watched as
 * well. A server that is away is waited for. Throws when it is interrupted.
 */
export async function watchScreen(url: string, what: BatchKey | number): Promise<void> {
  const interrupted = new AbortController();
  const onSignal = (): void => interrupted.abort();
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  let key = typeof what === 'number' ? undefined : what;
  let client: pg.Client | undefined;
  let screen: Screen | undefined;
  let notice: string | undefined;
  const isOver = (): boolean => typeof what !== 'number' && screen?.batch.is_running === false;
  const draw = (): void => {
    const size = terminal.size();
    terminal.draw(screen === undefined ? emptyLayout(size, notice ?? 'no batch yet') : layout(screen, size, paint, notice));
  };
  const terminal = openTerminal(draw);
  try {
    while (!interrupted.signal.aborted && !isOver()) {
      try {
        client ??= (await openSession(url, 'monthend screen')).client;
        await sampleBatches(client, await readHost());
        if (typeof what === 'number') key = await currentBatch(client, what);
        if (key !== undefined) screen = await readScreen(client, key);
        notice = undefined;
      } catch (error) {
        if ((error as { code?: string }).code?.startsWith('M') === true) throw error;
        await client?.end().catch(() => undefined);
        client = undefined;
        notice ??= `the server is away since ${timeOfDay(new Date().toISOString())}`;
      }
      draw();
      if (!isOver()) await sleep(screen === undefined ? everyMs : shownForMs(screen), undefined, { signal: interrupted.signal }).catch(() => undefined);
    }
  } finally {
    terminal.close();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    await client?.end().catch(() => undefined);
  }
  if (interrupted.signal.aborted) {
    throw new OperatorError('Watching has ended; a batch goes on.', {
      hint: typed(`status ${key === undefined ? '' : `${key.batchId} `}--watch`, typeof what === 'number' ? what : what.ledgerId), exitCode: exitCodes.interrupted,
    });
  }
}
