import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { base } from '../../api/app.ts';
import { screen, screenWithSeries } from '../../control/database/monitoring.ts';
import { useApi } from '../support/api.ts';
import { endCommands, until } from '../support/cli.ts';
import { bringTo, openBatch } from '../support/close.ts';
import { insertMonth } from '../support/transactions.ts';

afterAll(endCommands);

const batch = '2003-05-MONTHEND';
const api = useApi();

interface Seen { readonly at: number; readonly event: string; readonly data: string }

/** Follows the screen to its end. */
async function follow(seen: Seen[]): Promise<void> {
  const response = await fetch(`${api.url}${base}/batches/${batch}/screen/events`, {
    headers: { authorization: `Bearer ${api.keys.viewer}`, accept: 'text/event-stream' },
  });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  let text = '';
  for await (const piece of response.body ?? []) {
    text += new TextDecoder().decode(piece as Uint8Array);
    const parts = text.split('\n\n');
    text = parts.pop() ?? '';
    for (const part of parts) {
      const [, event = '', data = ''] = /^event: (.*)\ndata: (.*)$/.exec(part) ?? [];
      if (event !== '') seen.push({ at: Date.now(), event, data });
    }
  }
}

describe('the screen over HTTP', () => {
  beforeAll(async () => {
    await insertMonth(api.owner, { period: '2003-05', premiums: 400, claims: 20 });
    await openBatch(api.owner, '2003-05');
    await bringTo(api.owner, batch, 'PROCESSING');
  });

  test('comes as it changes, at most once a second, the same for all who follow, to the end of the batch', async () => {
    const viewers: Seen[][] = [[], [], []];
    const began = Date.now();
    const following = viewers.map(follow);
    await until('each has seen three screens', () => (viewers.every((seen) => seen.length >= 3) ? true : undefined));
    await bringTo(api.owner, batch, 'COMPLETED');
    await Promise.all(following);
    for (const seen of viewers) {
      const screens = seen.filter(({ event }) => event === 'screen');
      expect(seen.map(({ event }) => event)).toEqual([...screens.map(() => 'screen'), 'END']);
      expect(JSON.parse(seen.at(-1)?.data ?? '')).toEqual({ status: 'COMPLETED' });
      for (const { data } of screens) expect(screen.safeParse(JSON.parse(data)).error).toBeUndefined();
      // since it was asked for: a first screen may come late; timers are early by a millisecond
      const seconds = ((screens.at(-1)?.at ?? 0) - began) / 1000;
      expect(screens.length).toBeLessThanOrEqual(seconds / 0.99 + 1);
    }
    const read = new Set(viewers.flat().map(({ data }) => data));
    expect(read.size).toBeLessThan(viewers.flat().length);
  });

  test('whole, with its curve; key figures; nobody without a key', async () => {
    const whole = await api.call('GET', `${base}/batches/${batch}/screen`, { key: api.keys.viewer });
    const { series, batch: shown, workers } = screenWithSeries.parse(whole.body);
    expect(series.length).toBeGreaterThan(0);
    expect(shown).toMatchObject({ batch_id: batch, percent: 100, is_running: false });
    expect(workers.list.length).toBe(workers.counts?.total);
    expect((await api.call('GET', `${base}/kpis?batch=${batch}`, { key: api.keys.viewer })).body).toMatchObject([{ batch_id: batch, transaction_count: 420 }]);
    expect(await api.call('GET', `${base}/batches/2003-06-MONTHEND/screen`)).toMatchObject({ status: 404 });
    expect((await fetch(`${api.url}${base}/batches/${batch}/screen`)).status).toBe(401);
  });
});
