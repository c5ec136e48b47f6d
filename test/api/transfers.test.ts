import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { projectFolder } from '../../control/config.ts';
import { useApi } from '../support/api.ts';
import { endCommands, peakMemoryBytes, until } from '../support/cli.ts';
import { mayTamper, one, rowsOf } from '../support/close.ts';
import { claimHeader, premiumHeader } from '../support/import.ts';

afterAll(endCommands);

const sockets: Socket[] = [];
afterAll(() => sockets.forEach((socket) => socket.destroy()));

describe('uploads', () => {
  const api = useApi();
  const host = (): string => new URL(api.url).host;

  /** Sends the head of an upload and what is given of its body; the rest never comes. */
  const startUpload = (name: string, body: string, announced = 1_000_000): { socket: Socket; answer: () => string } => {
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
    sockets.push(socket);
    let answer = '';
    socket.on('error', () => undefined).setEncoding('utf8').on('data', (text: string) => { answer += text; });
    socket.write(`POST /api/v1/imports/premiums?name=${name} HTTP/1.1\r\nHost: ${host()}\r\nAuthorization: Bearer ${api.keys.operator}\r\n`
      + `Content-Length: ${announced}\r\n\r\n${body}`);
    return { socket, answer: () => answer };
  };
  const premiums = (): Promise<string> => one(api.owner, 'select count(*) from subledger.premium_transaction');
  const copies = (): Promise<number> => one(api.owner, `select count(*)::integer from pg_stat_activity
    where datname = current_database() and application_name = 'monthend api transfers' and state <> 'idle'`);

  test('another layout by its mapping', async () => {
    const mapping = readFileSync(join(projectFolder, 'data/mappings/tsa-claims-2014.json'));
    const header = 'Claim Number,Date Received,Incident Date,Airport Code,Airport Name,Airline Name,Claim Type,Claim Site,Item Category,Close Amount,Disposition';
    const rows = ['1,7-Jan-14,1-Jan-14,XXX,"Nowhere, Made",Air,Personal Injury,Checkpoint,-,"$1,234.00 ",Deny', '2,30-Feb-14,1-Jan-14,XXX,-,Air,-,Checkpoint,-,$1.00,Deny'];
    const send = (text: Buffer | string): Promise<{ status: number; body: object }> => api.call('POST', '/api/v1/imports/claims?name=tsa.csv.gz', {
      headers: { 'monthend-mapping': Buffer.from(text).toString('base64') }, body: gzipSync([header, ...rows].join('\n')) });
    expect(await send(mapping)).toMatchObject({ status: 200, body: { line_count: '2', loaded_count: '1', rejected_count: '1', rejects: [{ line: 3, column: 'Date Received' }] } });
    expect(await one(api.owner, 'select amount from subledger.claims_transaction')).toBe('1234.00');
    for (const [wrong, detail] of [['{', /JSON/], [mapping.toString().replace('"amount"', '"sum"'), /line \d+, columns\.sum: is no field/]] as const) {
      expect(await send(wrong)).toMatchObject({ status: 400, body: { type: '/problems/request', detail: expect.stringMatching(detail) as string } });
    }
    expect(await api.call('POST', '/api/v1/imports/premiums?name=tsa.csv', { headers: { 'monthend-mapping': mapping.toString('base64') }, body: claimHeader }))
      .toMatchObject({ status: 422, body: { title: expect.stringContaining('The mapping is for claims') as string } });
  });

  test('of one that is cut off, nothing is loaded', async () => {
    const before = await premiums();
    const lines = Array.from({ length: 2_000 }, (_, at) => `cut${at},P,FIRE,2003-01-15,1.00,EUR,Center`).join('\n');
    const { socket } = startUpload('cut.csv', `${premiumHeader}\n${lines}\n`);
    await until('it is on its way', async () => ((await copies()) === 1 ? true : undefined));
    socket.destroy();
    await until('its session is given up', async () => ((await copies()) === 0 ? true : undefined));
    expect(await premiums()).toBe(before);
    expect(await rowsOf(api.owner, `select 1 from subledger.import where file_name = 'cut.csv'`)).toEqual([]);
  });

  test('of one as long as it likes, memory does not grow with what was sent', async () => {
    const megabyte = `flat,${'P'.repeat(360)},FIRE,2003-01-15,1.00,EUR,Center\n`.repeat(2_500);
    const send = async (megabytes: number): Promise<number> => {
      const { socket } = startUpload('flat.csv', `${premiumHeader}\n`, 2 ** 31);
      // as fast as the service takes it
      for (let at = 0; at < megabytes; at += 1) if (!socket.write(megabyte)) await once(socket, 'drain');
      const peak = peakMemoryBytes(api.service.pid) ?? 0;
      socket.destroy();
      await until('its session is given up', async () => ((await copies()) === 0 ? true : undefined));
      return peak;
    };
    const few = await send(100);
    expect(await send(300) - few).toBeLessThan(100_000_000);
  }, 300_000);

  test('while the database stands still, no more of one is taken than fits into buffers; then all of it is loaded', async ({ skip }) => {
    skip(!(await mayTamper(api.owner)));
    const rowCount = 100_000;
    // the staging table has a row that waits for a lock of ours
    await api.owner.query(`
      create function public.stall() returns trigger language plpgsql as $$ begin perform pg_advisory_xact_lock(4711); return new; end $$;
      create function public.make_stall() returns event_trigger language plpgsql security definer as $$
      begin
        if to_regclass('pg_temp.import_line') is not null then
          create or replace trigger stall before insert on pg_temp.import_line for each row when (new.line_no = 1000) execute function public.stall();
        end if;
      end $$;
      create event trigger make_stall on ddl_command_end when tag in ('CREATE TABLE') execute function public.make_stall();
      select pg_advisory_lock(4711)`);
    const long = 'x'.repeat(200);
    const row = (at: number): string => `stall${at},${long},${long},2003-01-15,1.00,EUR,${long}\n`;
    const piece = (from: number): string => Array.from({ length: 1_000 }, (_, at) => row(from + at)).join('');
    const announced = premiumHeader.length + 1 + Array.from({ length: rowCount }, (_, at) => row(at).length).reduce((sum, each) => sum + each, 0);
    const before = peakMemoryBytes(api.service.pid) ?? 0;

    const { socket, answer } = startUpload('stall.csv', `${premiumHeader}\n`, announced);
    const sending = (async () => { for (let from = 0; from < rowCount; from += 1_000) if (!socket.write(piece(from))) await once(socket, 'drain'); })();
    await until('the staging waits', async () => (await one<boolean>(api.owner, `
      select exists (select from pg_stat_activity where application_name = 'monthend api transfers' and wait_event = 'advisory' and datname = current_database())`)) || undefined);
    const taken = (): number => socket.bytesWritten - socket.writableLength;
    const stopped = await until('nothing more is taken', async () => {
      const then = taken();
      await sleep(3_000);
      return taken() === then ? then : undefined;
    });
    expect(stopped).toBeLessThan(announced / 2);
    expect((peakMemoryBytes(api.service.pid) ?? 0) - before).toBeLessThan(announced / 2);
    expect(await api.call('GET', '/api/v1/periods')).toMatchObject({ status: 200 });

    await api.owner.query('select pg_advisory_unlock(4711)');
    await sending;
    await until('it is answered', () => answer().includes('\r\n\r\n{') || undefined);
    expect(answer()).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer()).toContain(`"loaded_count":"${rowCount}"`);
    expect(await one(api.owner, `select count(*)::integer from subledger.premium_transaction where txn_id like 'stall%'`)).toBe(rowCount);
    socket.destroy();
    await api.owner.query('drop event trigger make_stall; drop function public.make_stall(), public.stall()');
  }, 300_000);

  test('when as many as there may be stand still, another is told to wait, and reads go on', async () => {
    const stalled = Array.from({ length: 6 }, (_, at) => startUpload(`stalled-${at}.csv`, `${premiumHeader}\n`));
    await until('all are under way', async () => ((await copies()) === 6 ? true : undefined));
    const seventh = api.call('POST', '/api/v1/imports/premiums?name=seventh.csv', { body: `${premiumHeader}\n` });
    for (const path of ['/api/v1/periods', '/api/v1/batches', '/api/v1/rules']) expect(await api.call('GET', path)).toMatchObject({ status: 200 });
    expect(await api.call('POST', '/api/v1/schedule', { body: { time_zone: 'UTC' } })).toMatchObject({ status: 200 });
    const refused = await seventh;
    expect(refused).toMatchObject({ status: 503, body: { type: '/problems/busy' } });
    expect(refused.headers.get('retry-after')).toBe('2');
    for (const { socket } of stalled) socket.destroy();
    await until('they are given up', async () => ((await copies()) === 0 ? true : undefined));
    expect(await api.call('POST', '/api/v1/imports/premiums?name=seventh.csv', { body: `${premiumHeader}\n` })).toMatchObject({ status: 200 });
  });

  test('a body that is no file and comes too slowly is refused, and so is one that says it is huge', async () => {
    const answerTo = (headers: Record<string, string>, first: string): Promise<{ status: number; body: string; connection: string }> =>
      new Promise((resolve, reject) => {
        const sent = request(`${api.url}/api/v1/batches`, { method: 'POST', headers: { authorization: `Bearer ${api.keys.operator}`, ...headers } }, (response) => {
          let body = '';
          response.setEncoding('utf8').on('data', (text: string) => { body += text; })
            .on('end', () => resolve({ status: response.statusCode ?? 0, body, connection: response.headers.connection ?? '' }));
        }).on('error', reject);
        sent.write(first);
      });
    const [slow, huge, endless] = await Promise.all([
      answerTo({}, '{"period":'), answerTo({ 'content-length': '1000000000' }, '{'), answerTo({ 'transfer-encoding': 'chunked' }, 'x'.repeat(70_000)),
    ]);
    expect(slow).toMatchObject({ status: 408, body: expect.stringContaining('/problems/slow-body') as string });
    for (const each of [huge, endless]) expect(each).toMatchObject({ status: 413, connection: 'close', body: expect.stringContaining('/problems/too-large') as string });
  });
});

describe('long lists', () => {
  const api = useApi();
  const batch = '/api/v1/batches/2003-01-MONTHEND';
  beforeAll(() => api.owner.query(`select month_end.open_batch('2003-01')`));
  const makeRejects = async (from: number, to: number): Promise<void> => {
    await api.owner.query(`insert into subledger.rejected_transaction (batch_no, source, source_id, rule, reason, currency, amount, is_repeat, original)
      select 1, 1, 'R' || n, 'PRODUCT', 'product NONE is unknown', 'EUR', n, false, jsonb_build_object('txn_id', 'R' || n, 'note', repeat('x', 200))
        from generate_series(${from}, ${to}) n`);
    await api.owner.query('analyze subledger.rejected_transaction');
  };
  /** Reads all, slowly at first; gives their number, their bytes, and the most memory that the service had until then. */
  const readAll = async (): Promise<{ rows: number; bytes: number; peak: number }> => {
    const response = await fetch(`${api.url}${batch}/rejects`, { headers: { authorization: `Bearer ${api.keys.operator}` } });
    expect(response.status).toBe(200);
    let bytes = 0;
    let rows = 0;
    for await (const piece of response.body ?? []) {
      bytes += (piece as Uint8Array).length;
      // one a row, and one byte long: no piece cuts it
      for (const byte of piece as Uint8Array) if (byte === 0x0a) rows += 1;
      if (bytes < 2_000_000) await sleep(5);
    }
    return { rows: rows + 1, bytes, peak: peakMemoryBytes(api.service.pid) ?? 0 };
  };

  test('rejects come whole, in memory that does not grow with them, whoever takes them slowly', async () => {
    await makeRejects(1, 100_000);
    const few = await readAll();
    await makeRejects(100_001, 350_000);
    const many = await readAll();
    expect([few.rows, many.rows]).toEqual([100_000, 350_000]);
    expect(many.bytes - few.bytes).toBeGreaterThan(100_000_000);
    expect(many.peak - few.peak).toBeLessThan(many.bytes - few.bytes);
  }, 300_000);

  test('a short one is the same JSON', async () => {
    await api.owner.query('delete from subledger.rejected_transaction where amount > 1500');
    const { body } = await api.call('GET', `${batch}/rejects`);
    expect(body).toHaveLength(1_500);
    expect((body as unknown as { source_id: string }[]).map(({ source_id: id }) => id).toSorted()[0]).toBe('R1');
    await api.owner.query('delete from subledger.rejected_transaction');
    expect((await api.call('GET', `${batch}/rejects`)).body).toEqual([]);
    expect(await api.call('GET', '/api/v1/batches/2099-01-MONTHEND/rejects')).toMatchObject({ status: 404, body: { type: '/problems/M1003' } });
  });

  test('who asks for the head alone takes no session from those who read', async () => {
    for (let at = 0; at < 8; at += 1) expect(await api.call('HEAD', `${batch}/rejects`)).toMatchObject({ status: 200, body: {} });
    expect(await api.call('GET', `${batch}/rejects`)).toMatchObject({ status: 200, body: [] });
    expect(await one(api.owner, `select count(*)::integer from pg_stat_activity
      where application_name = 'monthend api transfers' and datname = current_database() and state = 'idle in transaction'`)).toBe(0);
  });
});

describe('who asks too often', () => {
  const api = useApi({ env: () => ({ MONTHEND_API_RATE: '2' }) });
  test('is told how long to wait, and no other caller is', async () => {
    // a caller may send 4 at once, an address that stands for five of them 20: it is the caller alone who is to wait
    const answers = await Promise.all(Array.from({ length: 12 }, () => api.call('GET', '/api/v1/periods', { key: api.keys.viewer })));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(answers.filter(({ status }) => status === 200).length + refused.length).toBe(12);
    expect(refused[0]?.headers.get('retry-after')).toBe('1');
    expect(refused[0]?.body).toMatchObject({ type: '/problems/rate', status: 429 });
    expect(await api.call('GET', '/api/v1/periods')).toMatchObject({ status: 200 });
    await sleep(2_000);
    expect(await api.call('GET', '/api/v1/periods', { key: api.keys.viewer })).toMatchObject({ status: 200 });
    expect(await one(api.owner, `select count(*)::integer from month_end.audit_log where outcome = 'REFUSED' and detail->>'type' = '/problems/rate'`))
      .toBe(refused.length);
  });
});

describe('who follows', () => {
  const api = useApi();
  const batch = '/api/v1/batches/2003-07-MONTHEND';
  const paths = ['/events', '/screen/events'];
  /** Opens a stream; what has come so far, and whether it has ended. */
  const follow = (path: string, key: string): { said: () => string; status: () => number; hasEnded: () => boolean; response: () => IncomingMessage | undefined } => {
    let text = '';
    let hasEnded = false;
    let response: IncomingMessage | undefined;
    request(`${api.url}${batch}${path}`, { agent: false, headers: { authorization: `Bearer ${key}`, accept: 'text/event-stream' } }, (given) => {
      response = given;
      sockets.push(given.socket);
      given.setEncoding('utf8').on('data', (piece: string) => { text += piece; }).on('end', () => { hasEnded = true; }).on('error', () => undefined);
    }).on('error', () => undefined).end();
    return { said: () => text, status: () => response?.statusCode ?? 0, hasEnded: () => hasEnded, response: () => response };
  };
  beforeAll(() => api.owner.query(`select month_end.open_batch('2003-07')`));

  test('is told every 20 s that the service is there, and nothing more once the key has ended', async () => {
    const stay = paths.map((path) => follow(path, api.keys.operator));
    const go = paths.map((path) => follow(path, api.keys.viewer));
    const all = [...stay, ...go];
    await until('all follow', () => all.every((each) => each.said().includes('\n\n')) || undefined, { state: () => all.map((each) => [each.status(), each.said()]) });
    await api.owner.query(`update month_end.api_key set revoked_at = now() where name = 'viewer'`);
    await until('those without a key are let go', () => go.every((each) => each.hasEnded()) || undefined);
    // a screen has its seconds to tell
    await until('the other hears a heartbeat', () => stay[0]?.said().includes(': still here\n\n') || undefined);
    expect(go.map((each) => each.said().includes('still here') || each.said().includes('event: END'))).toEqual([false, false]);
    expect(stay.map((each) => each.hasEnded())).toEqual([false, false]);
  });

  test('one that takes nothing holds up no other', async () => {
    const slow = follow('/events', api.keys.operator);
    const quick = follow('/events', api.keys.operator);
    await until('both follow', () => (slow.said() !== '' && quick.said() !== '') || undefined);
    slow.response()?.pause();
    const before = slow.said().length;
    await api.owner.query(`insert into month_end.batch_event (batch_no, kind, message)
      select b.batch_no, 'TEST', n || repeat('x', 2000) from generate_series(1, 5000) n, month_end.batch b where b.period = '2003-07'`);
    await api.owner.query(`select pg_notify('month_end', '')`);
    await until('the other has all', () => (quick.said().match(/^event: TEST$/gm) ?? []).length === 5_000 || undefined);
    expect(slow.said().length).toBe(before);
    slow.response()?.resume();
    await until('it has all as well', () => (slow.said().match(/^event: TEST$/gm) ?? []).length === 5_000 || undefined);
    await api.owner.query(`delete from month_end.batch_event where kind = 'TEST'`);
  });
});

describe('lists', () => {
  const api = useApi();
  const list = async (query: string): Promise<{ batches: { batch_id: string; status: string }[]; next: string | null }> =>
    (await api.call('GET', `/api/v1/batches?${query}`)).body as never;

  test('of batches come in pages, each once, and by period and state', async () => {
    for (const month of ['01', '02', '03', '04', '05']) await api.owner.query('select month_end.open_batch($1)', [`2003-${month}`]);
    await api.owner.query(`call month_end.cancel('2003-02-MONTHEND')`);
    const seen: string[] = [];
    let pages = 0;
    for (let next: string | null = '', query = 'limit=2'; next !== null; query = `limit=2&before=${next}`) {
      const page = await list(query);
      seen.push(...page.batches.map(({ batch_id: id }) => id));
      ({ next } = page);
      pages += 1;
    }
    expect(seen).toEqual(['05', '04', '03', '02', '01'].map((month) => `2003-${month}-MONTHEND`));
    expect(pages).toBe(3);
    expect(await list('status=CANCELLED')).toMatchObject({ batches: [{ batch_id: '2003-02-MONTHEND', status: 'CANCELLED' }], next: null });
    expect((await list('period=2003-04')).batches.map(({ batch_id: id }) => id)).toEqual(['2003-04-MONTHEND']);
    expect((await list('ledger=2')).batches).toEqual([]);
  });
});
