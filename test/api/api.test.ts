import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { get } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { projectFolder } from '../../control/config.ts';
import { routes } from '../../api/app.ts';
import { makeKey } from '../../control/access.ts';
import { type Answer, followEvents as follow, useApi } from '../support/api.ts';
import { endCommands, run, start, until } from '../support/cli.ts';
import { one, rowsOf } from '../support/close.ts';
import { useDatabase } from '../support/database.ts';
import { startProxy } from '../support/proxy.ts';
import { insertMonth } from '../support/transactions.ts';

afterAll(endCommands);

const data = (file: string): string => join(projectFolder, 'data', 'motor-2003', file);

describe('a month by API alone', () => {
  const api = useApi();
  const batch = '/api/v1/batches/2003-01-MONTHEND';

  test('events come while the batch is still open, more than a page of them, each once', async () => {
    const session = await api.database.session('operator');
    await session.query(`select month_end.open_batch('2002-12')`);
    const open = '/api/v1/batches/2002-12-MONTHEND';
    expect(await follow(`${api.url}${open}/events`, api.keys.viewer, '', (all) => all.length === 1)).toMatchObject([{ event: 'OPENED' }]);
    // a transaction under way keeps every number unsettled
    const holder = await api.database.session('owner');
    await holder.query('begin; select pg_current_xact_id()');
    await api.owner.query(`insert into month_end.batch_event (batch_no, kind, message)
      select 1, 'TEST', n::text from generate_series(1, 1200) n`);
    const all = await follow(`${api.url}${open}/events`, api.keys.viewer, '', (some) => some.length === 1201);
    expect(new Set(all.map(({ data: { event_id: id } }) => id)).size).toBe(1201);
    await holder.query('rollback');
    await session.query(`call month_end.cancel('2002-12-MONTHEND')`);
    await api.owner.query('delete from month_end.batch_event');
  });

  test('files are sent, gzip as it comes, and again', async () => {
    for (const [kind, file, lines] of [['premiums', 'premiums-2003-01.csv.gz', '41703'], ['claims', 'claims-2003-01.csv.gz', '417']] as const) {
      for (const repeat of [false, true]) {
        const response = await fetch(`${api.url}/api/v1/imports/${kind}?name=${file}`, {
          method: 'POST', headers: { authorization: `Bearer ${api.keys.operator}` },
          body: Readable.toWeb(createReadStream(data(file))), duplex: 'half',
        } as unknown as RequestInit);
        expect(await response.json()).toMatchObject({ file, line_count: lines, is_repeat: repeat, rejects: [] });
        expect(response.status).toBe(200);
      }
    }
  });

  test('is closed, followed by SSE to its end, and has the digest that psql gives', async () => {
    const body = { period: '2003-01', workers: 3 };
    const opened = await api.call('POST', '/api/v1/batches', { body, headers: { 'idempotency-key': 'january' } });
    expect(opened).toMatchObject({ status: 202, body: { batch_id: '2003-01-MONTHEND', ledger_id: 1 } });
    expect(opened.headers.get('location')).toBe(`${batch}?ledger=1`);
    const cut = await follow(`${api.url}${batch}/events`, api.keys.viewer, '', (all) => all.length === 5);
    const rest = await follow(`${api.url}${batch}/events`, api.keys.viewer, cut.at(-1)?.id);
    expect(rest.at(-1)).toMatchObject({ event: 'END', data: { status: 'COMPLETED' } });
    const followed = [...cut, ...rest.slice(0, -1)].map(({ data: { event_id: id } }) => String(id));
    const stored = (await rowsOf(api.owner, 'select event_id::text as id from month_end.batch_event order by event_id')).flat();
    expect([...followed].sort((a, b) => Number(a) - Number(b))).toEqual(stored);

    const again = await api.call('POST', '/api/v1/batches', { body, headers: { 'idempotency-key': 'january' } });
    expect({ ...again, headers: null }).toEqual({ ...opened, headers: null });
    expect(await api.call('POST', '/api/v1/batches', { body: { period: '2003-02' }, headers: { 'idempotency-key': 'january' } }))
      .toMatchObject({ status: 422, body: { type: '/problems/M2008' } });
    expect(await api.call('POST', '/api/v1/batches', { body })).toMatchObject({ status: 409, body: { type: '/problems/M1004' } });

    const report = await api.call('GET', `${batch}/report`, { key: api.keys.viewer });
    expect(report.body).toMatchObject({
      status: 'COMPLETED', transactions: { premium: 41703, claims: 417, posted: 42104, rejected: 0, set_aside: 16 }, entries: 126312,
    });
    const { stdout } = await run(api.database.serviceUrl, ['ledger', 'digest', '2003-01', '--verify', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ verified: true, batches: [{ digest: report.body.digest }] });
  });

  test('its parts can be read, each by its role', async () => {
    for (const [path, part] of [
      ['/api/v1/periods', [{ period: '2003-01', state: 'CLOSED' }, { period: '2002-12', state: 'OPEN' }]], [batch, { status: 'COMPLETED', posted_count: '42104' }],
      [`${batch}/progress`, { status: 'COMPLETED' }], ['/api/v1/batches', { batches: [{ batch_id: '2003-01-MONTHEND' }, { batch_id: '2002-12-MONTHEND', status: 'CANCELLED' }], next: null }],
      ['/api/v1/trial-balance?period=2003-01', { totals: [{ currency: 'EUR', debit: '2355386.09', credit: '2355386.09' }] }],
    ] as const) {
      expect(await api.call('GET', path, { key: api.keys.viewer })).toMatchObject({ status: 200, body: part });
    }
    const rules = await api.call('GET', '/api/v1/rules', { key: api.keys.viewer });
    expect(rules.body).toHaveLength(18);
    expect((await api.call('GET', `${batch}/workers`)).body).toHaveLength(3);
    expect(await api.call('GET', '/api/v1/entries/JE-1-2003-01-0000000001')).toMatchObject({
      status: 200, body: { je_number: 'JE-1-2003-01-0000000001', import: { file_name: 'premiums-2003-01.csv.gz', line: 2 } } });
  });

  test('an answer that has not changed is not sent again', async () => {
    const tag = (await api.call('GET', batch)).headers.get('etag') ?? '';
    expect((await api.call('GET', batch, { headers: { 'if-none-match': tag } })).status).toBe(304);
  });

  test('who did what is kept, and stays', async () => {
    const kept = await rowsOf(api.owner, `select actor, action, outcome from month_end.audit_log
      where object = '1/2003-01-MONTHEND attempt 1' order by audit_id limit 1`);
    expect(kept).toEqual([['key 2 (operator)', 'batch', 'OPENED']]);
    await expect(api.owner.query('delete from month_end.audit_log')).rejects.toMatchObject({ code: 'M1009' });
  });

  test('a termination ends it, exit code 0', async () => {
    api.service.kill('SIGTERM');
    expect(await api.service.ended).toMatchObject({ code: 0 });
  });
});

describe('a batch that stands still', () => {
  const api = useApi();
  let holder: pg.Client;
  const open = (headers: Record<string, string> = {}): Promise<Answer> => api.call('POST', '/api/v1/batches', { body: { period: '2003-05' }, headers });
  const jobs = (): Promise<number> => one(api.owner, `select count(*)::integer from pgboss.job where name = 'month-end-run'`);
  const scaled = (): Promise<number> => one(api.owner, 'select sessions from month_end.batch_scale');

  test('one whose job can not be made is not opened', async () => {
    await insertMonth(api.owner, { period: '2003-05', premiums: 20 });
    await api.owner.query(`alter table pgboss.job add constraint none check (name <> 'month-end-run') not valid`);
    expect(await open()).toMatchObject({ status: 500, body: { type: '/problems/unexpected' } });
    expect(await rowsOf(api.owner, 'select from month_end.batch')).toEqual([]);
    await api.owner.query('alter table pgboss.job drop constraint none');
  });

  test('another one is told who holds the period, and since when', async () => {
    holder = await api.database.session('owner');
    await holder.query('begin; lock table subledger.premium_transaction in access exclusive mode');
    expect(await open({ 'idempotency-key': 'may' })).toMatchObject({ status: 202 });
    expect(await open()).toMatchObject({ status: 409, body: { type: '/problems/M1001', detail: expect.stringMatching(
      /^2003-05-MONTHEND is OPENED, opened by key 2 \(operator\) .* since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/) as string } });
  });

  test('while somebody is at it, resume scales it', async () => {
    await until('its job waits for the table', async () =>
      (await rowsOf(api.owner, `select from month_end.batch_session where kind <> 'other'`)).length > 0 || undefined);
    expect(await scaled()).toBe(2);
    expect(await api.call('POST', '/api/v1/batches/2003-05-MONTHEND/resume', { body: {} })).toMatchObject({ status: 202 });
    expect([await scaled(), await jobs()]).toEqual([2, 1]);
    expect(await api.call('POST', '/api/v1/batches/2003-05-MONTHEND/resume', { body: { sessions: 8 } })).toMatchObject({ status: 202 });
    expect([await scaled(), await jobs()]).toEqual([8, 1]);
  });

  test('one that was taken back stays so, whatever is sent again, until it is resumed', async () => {
    await api.owner.query(`update pgboss.job set state = 'cancelled', completed_on = now() where name = 'month-end-run'`);
    await until('its session is ended', async () =>
      (await rowsOf(api.owner, `select from month_end.batch_session where kind <> 'other'`)).length === 0 || undefined);
    expect(await open({ 'idempotency-key': 'may' })).toMatchObject({ status: 202, body: { batch_id: '2003-05-MONTHEND' } });
    expect(await jobs()).toBe(1);
    await holder.query('commit');
    expect(await api.call('POST', '/api/v1/batches/2003-05-MONTHEND/resume', { body: {} })).toMatchObject({ status: 202 });
    expect([await scaled(), await jobs()]).toEqual([8, 2]);
    await until('it is closed', async () =>
      (await api.call('GET', '/api/v1/batches/2003-05-MONTHEND')).body.status === 'COMPLETED' || undefined);
  });

  test('what was sent is kept with who sent it', async () => {
    expect(await rowsOf(api.owner, `select actor, client_address, detail from month_end.audit_log where outcome = 'DONE' order by audit_id desc limit 2`)).toEqual([
      ['key 2 (operator)', '127.0.0.1', { query: { ledger: 1 }, body: {} }],
      ['key 2 (operator)', '127.0.0.1', { query: {}, body: { period: '2003-05', ledger: 1, supplement: false, dry_run: false } }],
    ]);
  });
});

describe('refusals', () => {
  const api = useApi();
  const refusals = (): Promise<unknown[][]> => rowsOf(api.owner, `select count(*)::integer from month_end.audit_log where outcome = 'REFUSED'`);

  test.each([
    ['no batch', 'GET', '/api/v1/batches/2003-01-MONTHEND', {}, 404, 'M1003'],
    ['a wrong period', 'POST', '/api/v1/batches', { body: { period: '2003-13' } }, 400, 'request'],
    ['an unknown field', 'POST', '/api/v1/batches', { body: { period: '2003-01', force: true } }, 400, 'request'],
    ...[true, '2', [2], '0x2', 2.5, null].map((ledger) =>
      [`${JSON.stringify(ledger)} for a number in a body`, 'POST', '/api/v1/batches', { body: { period: '2003-01', ledger } }, 400, 'request'] as const),
    ...['true', '0x2', '1e0', '%202', '-1', '+1', '1.0', '', '901'].map((ledger) =>
      [`${ledger} for a number in a query`, 'GET', `/api/v1/periods?ledger=${ledger}`, {}, 400, 'request'] as const),
    ['an unknown parameter', 'GET', '/api/v1/periods?all=1', {}, 400, 'request'],
    ['no JSON', 'POST', '/api/v1/batches', { body: '{"period"' }, 400, 'request'],
    ['a huge body', 'POST', '/api/v1/batches', { body: { period: 'x'.repeat(70_000) } }, 413, 'too-large'],
    ['an unknown key', 'GET', '/api/v1/periods', { key: makeKey() }, 401, 'unauthenticated'],
    ['a token of another kind', 'GET', '/api/v1/periods', { key: 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.' }, 401, 'unauthenticated'],
    ['nothing posted', 'GET', '/api/v1/trial-balance?period=1999-01', {}, 404, 'nothing-posted'],
    ['an empty file', 'POST', '/api/v1/imports/claims?name=a.csv', { body: '' }, 422, 'validation'],
    ['a file with another header', 'POST', '/api/v1/imports/claims?name=a.csv', { body: 'a,b\n1,2\n' }, 422, 'validation'],
    ['no such route', 'GET', '/api/v2', {}, 404, 'route'],
  ] as const)('%s', async (_what, method, path, options, status, type) => {
    const [[before]] = (await refusals()) as [[number]];
    const answer = await api.call(method, path, options);
    expect(answer).toMatchObject({ status, body: { type: `/problems/${type}`, status } });
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(JSON.stringify(answer.body)).not.toMatch(/select |month_end\.[a-z_]+\(|\.ts:|    at /);
    expect(await refusals()).toEqual([[before + 1]]);
  });

  test('every answer has the id that the log has, the one that it was asked with', async () => {
    const idOf = async (path: string, id: string): Promise<string | null> =>
      (await api.call('GET', path, { headers: { 'x-request-id': id } })).headers.get('x-request-id');
    for (const [at, path] of ['/api/v1/periods', '/api/v1/none', '/healthz', '/openapi.json'].entries()) expect(await idOf(path, `asked-${at}`)).toBe(`asked-${at}`);
    expect((await api.call('GET', '/api/v1/periods')).headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/);
  });

  test('the type of a problem leads to what it means', async () => {
    const { body: { type } } = await api.call('GET', '/api/v1/batches/2003-01-MONTHEND');
    expect(await api.call('GET', String(type), { key: '' })).toMatchObject({ status: 200, body: {
      type: '/problems/M1003', name: 'BATCH_UNKNOWN', status: 404, title: 'there is no such batch' } });
    expect(await api.call('GET', '/problems/too-large')).toMatchObject({ status: 200, body: { status: 413, type: '/problems/too-large' } });
    expect(await api.call('GET', '/problems/40001')).toMatchObject({ status: 200, body: { status: 503 } });
    for (const kind of ['M9999', 'nothing', 'toString', '23505']) {
      expect(await api.call('GET', `/problems/${kind}`)).toMatchObject({ status: 404, body: { type: '/problems/problem-unknown' } });
    }
  });

  test('another name of this host, a link that was used: refused, and kept', async () => {
    const audited = (): Promise<unknown[][]> => rowsOf(api.owner, `select actor, object, detail->>'type' from month_end.audit_log
      where outcome = 'REFUSED' order by audit_id desc limit 1`);
    const { port } = new URL(api.url);
    const status = await new Promise((resolve, reject) => {
      get({ port, host: '127.0.0.1', path: '/api/v1/periods', headers: { host: 'evil.example' } }, (response) => resolve(response.resume().statusCode))
        .on('error', reject);
    });
    expect(status).toBe(403);
    expect(await audited()).toEqual([['unknown', 'GET /api/v1/periods', '/problems/host']]);
    expect((await fetch(`${api.url}/login?token=none`)).status).toBe(401);
    expect(await audited()).toEqual([['unknown', 'GET /login', '/problems/unauthenticated']]);
  });

  test('each of the parts that are needed is named', async () => {
    const ready = async (): Promise<unknown> => {
      await sleep(1_100);
      return (await fetch(`${api.url}/readyz`)).json();
    };
    expect(await ready()).toEqual({ status: 'ready', database: 'ok', migrations: 'ok', functions: 'ok', login: 'ok', queue: 'ok' });
    await api.owner.query(`update month_end.function_source set checksum = 'x' || checksum where path like '%/cancel.sql'`);
    expect(await ready()).toMatchObject({ status: 'not ready', migrations: 'ok', functions: 'not those of this version' });
    await api.owner.query(`update month_end.function_source set checksum = substr(checksum, 2) where path like '%/cancel.sql'`);
    await api.owner.query('update month_end.migrations set id = 9990 where id = 9');
    expect(await ready()).toMatchObject({ status: 'not ready', migrations: 'missing: 9', functions: 'ok' });
    await api.owner.query('update month_end.migrations set id = 9 where id = 9990');
    await api.owner.query('alter table pgboss.queue rename to other');
    expect(await ready()).toMatchObject({ status: 'not ready', database: 'ok', queue: 'unknown' });
    await api.owner.query('alter table pgboss.other rename to queue');
    const stale = `update pgboss.queue set updated_on = now() - interval '2 minutes', monitor_on = null, monitor_claim_on = now() - interval '2 minutes'
      where name = 'month-end-run'`;
    // pg-boss may look after it before we do
    await until('nobody looks after a queue', async () => {
      await api.owner.query(stale);
      return String((await ready() as { queue: string }).queue).startsWith('not looked after for 12') || undefined;
    });
    await until('pg-boss has looked after it', async () => (await ready() as { status: string }).status === 'ready' || undefined);
  });

  test('a login that may not say for whom it acts is not ready, and says what helps', async () => {
    const service = start(api.database.urlOf('operator'), ['serve', '--port', '0']);
    const url = await until('it listens', () => /http:\S+(?=\/login)/.exec(service.said().stdout)?.[0], { state: service.said });
    const ready = await until('the rest is there', async () => {
      const found = (await (await fetch(`${url}/readyz`)).json()) as Record<string, string>;
      return found.queue === 'ok' ? found : undefined;
    });
    expect(ready).toMatchObject({ status: 'not ready', database: 'ok', functions: 'ok', login: expect.stringMatching(/grant monthend_service to/) as string });
    service.kill('SIGTERM');
    await service.ended;
  });

  test('a viewer changes nothing', async () => {
    expect(await api.call('POST', '/api/v1/batches', { key: api.keys.viewer, body: { period: '2003-01' } }))
      .toMatchObject({ status: 403, body: { type: '/problems/role' } });
    expect(await rowsOf(api.owner, 'select 1 from month_end.batch')).toEqual([]);
    expect(await rowsOf(api.owner, `select actor, action, object, outcome from month_end.audit_log order by audit_id desc limit 1`))
      .toEqual([['key 1 (viewer)', 'request', 'POST /api/v1/batches', 'REFUSED']]);
  });

  test('a key tells when it was used last', async () => {
    const { stdout } = await run(api.database.serviceUrl, ['key', 'list', '--json']);
    const keys = JSON.parse(stdout) as { name: string; last_used_at: string | null }[];
    expect(keys.map(({ name, last_used_at: used }) => [name, used !== null && Date.now() - Date.parse(used) < 600_000]))
      .toEqual([['operator', true], ['viewer', true]]);
  });

  test('a revoked and an expired key let nobody in', async () => {
    await run(api.database.serviceUrl, ['key', 'revoke', '1']);
    expect(await api.call('GET', '/api/v1/periods', { key: api.keys.viewer })).toMatchObject({ status: 401 });
    await api.owner.query(`update month_end.api_key set expires_at = now() where key_id = 2`);
    expect(await api.call('GET', '/api/v1/periods')).toMatchObject({ status: 401 });
  });

  test('the link lets a browser in once, and other pages nothing do', async () => {
    const first = await fetch(api.login, { redirect: 'manual' });
    expect(first.status).toBe(303);
    const cookie = (first.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    expect(first.headers.get('set-cookie')).toContain('HttpOnly; SameSite=Strict');
    expect((await fetch(api.login, { redirect: 'manual' })).status).toBe(401);
    expect((await fetch(`${api.url}/api/v1/periods`, { headers: { cookie } })).status).toBe(200);
    const post = (origin?: string): Promise<Response> => fetch(`${api.url}/api/v1/batches`, {
      method: 'POST', headers: { cookie, ...(origin !== undefined && { origin }) }, body: '{}' });
    expect((await post()).status).toBe(403);
    expect((await post('http://evil.example')).status).toBe(403);
    expect((await post(api.url)).status).toBe(400);
  });

  test('it listens elsewhere only where a key lets in', async () => {
    const ended = await run(api.database.serviceUrl, ['serve', '--host', '0.0.0.0', '--port', '0']);
    expect(ended).toMatchObject({ code: 2 });
    expect(ended.stderr).toContain('ERROR:  Nobody could use the API at 0.0.0.0.\n');
  });

  test('the page for people has every route, and nothing from elsewhere', async () => {
    const response = await fetch(`${api.url}/docs`);
    const page = await response.text();
    expect(page.match(/<h2>(GET|POST) /g)).toHaveLength(routes.length);
    expect(page).toContain('<h2>POST /api/v1/batches/{batch}/cancel</h2>');
    expect(page).not.toMatch(/(src|href)="(https?:)?\/\//);
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  test('the document names every route', async () => {
    const document = (await (await fetch(`${api.url}/openapi.json`)).json()) as { openapi: string; paths: Record<string, object> };
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toContain('/api/v1/batches/{batch}/events');
    expect(Object.entries(document.paths).flatMap(([path, operations]) => (path.startsWith('/api/') ? Object.keys(operations) : []))).toHaveLength(routes.length);
  });
});

describe('a database that is away', () => {
  const database = useDatabase();
  const ready = async (url: string): Promise<{ status: number; body: unknown }> => {
    const response = await fetch(`${url}/readyz`);
    return { status: response.status, body: await response.json() };
  };
  /** A port that was free a moment ago. */
  const freePort = async (): Promise<number> => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    return port;
  };

  test.each([[[]], [['--host', '0.0.0.0']]])('at the start %s: it serves, and says that it is not ready', async (more) => {
    const port = await freePort();
    const service = start('postgresql://nobody@127.0.0.1:1/none', ['serve', '--port', String(port), ...more]);
    const url = `http://127.0.0.1:${port}`;
    await until('it listens', () => fetch(`${url}/healthz`).then(({ status }) => status === 200 || undefined, () => undefined), { state: service.said });
    expect(await ready(url)).toEqual({ status: 503, body: {
      status: 'not ready', database: 'away', migrations: 'unknown', functions: 'unknown', login: 'unknown', queue: 'starting' } });
    expect((await fetch(`${url}/api/v1/periods`, { headers: { authorization: `Bearer ${makeKey()}` } })).status).toBe(503);
    service.kill('SIGTERM');
    expect(await service.ended).toMatchObject({ code: 0 });
  });

  test('at the start, for all addresses: once it is there and says that there is no key, it ends', async () => {
    const proxy = await startProxy(database.serviceUrl);
    proxy.setCut(true);
    const service = start(proxy.through(database.serviceUrl), ['serve', '--port', '0', '--host', '0.0.0.0']);
    await until('it listens', () => /serve: http/.exec(service.said().stderr)?.[0], { state: service.said });
    proxy.setCut(false);
    expect(await service.ended).toMatchObject({ code: 2, stderr: expect.stringContaining('ERROR:  Nobody could use the API at 0.0.0.0.') as string });
    await proxy.close();
  });

  test.each([
    ['may not work as the service', () => database.urlOf('viewer'), /^ERROR: {2}The login may not connect, or not take the role monthend_operator\.$[^]*^HINT: {2}As the administrator: grant /m],
    ['is refused', () => Object.assign(new URL(database.serviceUrl), { password: 'wrong' }).href, /^ERROR: {2}The server refused the login\.$/m],
  ] as const)('a login that %s is not waited for, whoever serves', async (_what, url, says) => {
    for (const args of [['serve', '--port', '0'], ['serve', '--port', '0', '--host', '0.0.0.0'], ['service']]) {
      expect(await run(url(), args), args.join(' ')).toMatchObject({ code: 3, stderr: expect.stringMatching(says) as string });
    }
  });

  test('for a while: not ready, then ready again, in the same process', async () => {
    const proxy = await startProxy(database.serviceUrl);
    const service = start(proxy.through(database.serviceUrl), ['serve', '--port', '0']);
    const url = new URL(await until('the link is printed', () => /http\S+/.exec(service.said().stdout)?.[0], { state: service.said })).origin;
    const becomes = (status: number): Promise<true> =>
      until(`it answers ${status}`, async () => (await ready(url)).status === status || undefined, { state: service.said });
    await becomes(200);
    proxy.setCut(true);
    await becomes(503);
    expect(await ready(url)).toMatchObject({ body: { database: 'away', queue: 'unknown' } });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    proxy.setCut(false);
    await becomes(200);
    service.kill('SIGTERM');
    expect(await service.ended).toMatchObject({ code: 0 });
    await proxy.close();
  });
});
