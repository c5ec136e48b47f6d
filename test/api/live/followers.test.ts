import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { useApi } from '../../support/api.ts';
import { endCommands, peakMemoryBytes, until } from '../../support/cli.ts';

const api = useApi({ env: () => ({ MONTHEND_API_RATE: '100000' }) });
const path = '/api/v1/batches/2003-07-MONTHEND';
const sockets: Socket[] = [];
afterAll(() => sockets.forEach((socket) => socket.destroy()));
afterAll(endCommands);
beforeAll(() => api.owner.query(`select month_end.open_batch('2003-07')`));

interface Viewer { readonly socket: Socket; readonly first: () => string; readonly last: () => string }

/** A client that keeps nothing but the beginning and the end of what it was sent. */
function view(part: string, method = 'GET'): Viewer {
  const { port, host } = new URL(api.url);
  const socket = connect(Number(port), '127.0.0.1');
  sockets.push(socket);
  let [first, last] = ['', ''];
  socket.on('error', () => undefined).setEncoding('latin1').on('data', (text: string) => {
    if (first === '') first = text;
    last = (last + text).slice(-1_000);
  });
  socket.write(`${method} ${path}${part} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${api.keys.operator}\r\nAccept: text/event-stream\r\n\r\n`);
  return { socket, first: () => first, last: () => last };
}

/** Has so many events happen, twenty at a time, sent to all before the next. */
async function happen(viewers: readonly Viewer[], from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += 20) {
    await api.owner.query(`insert into month_end.batch_event (batch_no, kind, message)
      select b.batch_no, 'TEST', 'number ' || n || ';' from generate_series(${at + 1}, ${at + 20}) n, month_end.batch b where b.period = '2003-07'`);
    await api.owner.query(`select pg_notify('month_end', '')`);
    await until('all have them', () => viewers.every(({ last }) => last().includes(`number ${at + 20};`)) || undefined);
  }
}

test('hundreds who follow cost no memory by the event', async () => {
  const viewers = Array.from({ length: 400 }, () => view('/events'));
  await until('all follow', () => viewers.every(({ last }) => last().includes('OPENED')) || undefined);
  await happen(viewers, 0, 400);
  const early = peakMemoryBytes(api.service.pid) ?? 0;
  await happen(viewers, 400, 2_400);
  // of 800,000 that were sent meanwhile, 40 bytes each kept would be too many
  expect((peakMemoryBytes(api.service.pid) ?? 0) - early).toBeLessThan(32_000_000);
});

test('a caller has a thousand places; one that is left is free again, and who asks for the head alone takes none', async () => {
  sockets.splice(0).forEach((socket) => socket.destroy());
  const heads = Array.from({ length: 20 }, () => view('/events', 'HEAD'));
  await until('the heads are there', () => heads.every(({ first }) => first().startsWith('HTTP/1.1 200 ')) || undefined);
  const isBusy = ({ first }: Viewer): boolean => first().startsWith('HTTP/1.1 503 ');
  // those of the test before may not have left yet
  const viewers = await until('a thousand follow', async () => {
    const all = Array.from({ length: 1_000 }, (_, at) => view(at % 2 === 0 ? '/events' : '/screen/events'));
    await until('all are answered', () => all.every(({ first }) => first() !== '') || undefined);
    if (!all.some(isBusy)) return all;
    all.forEach(({ socket }) => socket.destroy());
    return undefined;
  });
  expect(viewers[0]?.first()).toContain("content-security-policy: default-src 'none'");
  const ask = async (): Promise<Viewer> => {
    const one = view('/events');
    await until('it is answered', () => one.first() || undefined);
    return one;
  };
  const refused = await ask();
  expect(refused.first()).toMatch(/^HTTP\/1\.1 503 (.*\r\n)*retry-after: 30\r\n/i);
  viewers[0]?.socket.destroy();
  await until('its place is free', async () => (isBusy(await ask()) ? undefined : true));
});
