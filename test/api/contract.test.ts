import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { base, routes } from '../../api/app.ts';
import type { AccessRole } from '../../control/access.ts';
import { useApi } from '../support/api.ts';
import { endCommands } from '../support/cli.ts';
import { closeMonth } from '../support/close.ts';
import { insertMonth } from '../support/transactions.ts';

afterAll(endCommands);

type Json = Record<string, unknown>;
interface Operation {
  readonly 'x-role': AccessRole;
  readonly parameters: readonly { readonly name: string; readonly in: 'path' | 'query' | 'header'; readonly required: boolean }[];
  readonly requestBody?: { readonly content: Json };
  readonly responses: Record<string, { readonly content: Record<string, { readonly schema: Json }> }>;
}

const batch = '2003-01-MONTHEND';
// What a caller would send to each route; a route that is added and not listed here fails the test.
const calls: Record<string, { readonly path: string; readonly body?: unknown }> = {
  'post /batches': { path: '/batches', body: { period: '2003-02' } },
  'get /batches': { path: '/batches?limit=1' },
  'get /batches/{batch}': { path: `/batches/${batch}` },
  'get /batches/{batch}/report': { path: `/batches/${batch}/report` },
  'get /batches/{batch}/progress': { path: `/batches/${batch}/progress` },
  'get /batches/{batch}/workers': { path: `/batches/${batch}/workers` },
  'get /batches/{batch}/validations': { path: `/batches/${batch}/validations` },
  'get /batches/{batch}/rejects': { path: `/batches/${batch}/rejects` },
  'get /batches/{batch}/events': { path: `/batches/${batch}/events` },
  'post /batches/{batch}/resume': { path: '/batches/2003-03-MONTHEND/resume', body: { sessions: 1 } },
  'post /batches/{batch}/scale': { path: '/batches/2003-03-MONTHEND/scale', body: { sessions: 2 } },
  'post /batches/{batch}/cancel': { path: '/batches/2003-04-MONTHEND/cancel' },
  'get /batches/{batch}/screen': { path: `/batches/${batch}/screen` },
  'get /batches/{batch}/screen/events': { path: `/batches/${batch}/screen/events` },
  'get /kpis': { path: `/kpis?batch=${batch}` },
  'get /alerts': { path: '/alerts?open=true' },
  'get /periods': { path: '/periods' },
  'post /periods/{period}/lock': { path: '/periods/2003-01/lock' },
  'get /rules': { path: '/rules' },
  'get /trial-balance': { path: '/trial-balance?period=2003-01' },
  'get /entries/{number}': { path: '/entries/JE-1-2003-01-0000000001' },
  'post /schedule': { path: '/schedule', body: { time_zone: 'Europe/Berlin' } },
  'get /schedule': { path: '/schedule' },
  'get /schedule/preview': { path: '/schedule/preview?runs=2' },
  'post /schedule/exceptions': { path: '/schedule/exceptions', body: { run_date: '2099-12-31', action: 'SKIP', reason: 'audit' } },
  'get /timelines': { path: '/timelines?limit=1' },
  'get /validation-rules/{rule}': { path: '/validation-rules/ENTRIES_BALANCE' },
  'get /accounts/{account}/lines': { path: '/accounts/6010/lines?period=2003-01&limit=3' },
  'get /session': { path: '/session' },
  'post /session': { path: '/session', body: {} },
  'post /session/end': { path: '/session/end', body: {} },
  'post /imports/{kind}': { path: '/imports/premiums?name=none.csv', body: 'txn_id,policy_number,product_code,payment_date,amount,currency,cost_center\n' },
};

const api = useApi({ login: 'admin' });
let document: { readonly paths: Record<string, Record<string, Operation>>; readonly components: { readonly schemas: { readonly Problem: Json } } };

beforeAll(async () => {
  for (const period of ['2003-01', '2003-02', '2003-03', '2003-04']) await insertMonth(api.owner, { period, premiums: 20, claims: 5 });
  const session = await api.database.session('operator');
  await closeMonth(session, '2003-01');
  await session.query(`select month_end.set_schedule(p_time_zone => 'UTC')`);
  for (const period of ['2003-03', '2003-04']) await session.query('select month_end.open_batch($1)', [period]);
  document = (await (await fetch(`${api.url}/openapi.json`)).json()) as typeof document;
});

describe('every route answers as its document says', () => {
  test.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))('%s', async (name, route) => {
    const operation = document.paths[base + route.path]?.[route.method];
    const call = calls[name];
    if (operation === undefined || call === undefined) throw new Error(`${name} is in the document, or in the calls of this test, no more.`);
    const key = api.keys[operation['x-role']];
    const answer = await api.call(route.method.toUpperCase(), base + call.path, { key, body: call.body });
    const [status] = Object.keys(operation.responses);
    expect(answer).toMatchObject({ status: Number(status) });
    const schema = operation.responses[String(status)]?.content['application/json']?.schema;
    if (schema === undefined) throw new Error(`${name} documents no answer.`);
    // strict where the document is: what it doesn't name must not come
    expect(z.fromJSONSchema(schema).safeParse(answer.body).error?.issues).toBeUndefined();
  });

  test.each(['/healthz', '/readyz', '/problems/{kind}', '/metrics'])('%s', async (path) => {
    const answer = await fetch(api.url + path.replace('{kind}', 'M1001'), { headers: { authorization: `Bearer ${api.keys.viewer}` } });
    expect(answer.status).toBe(200);
    const type = String(answer.headers.get('content-type')).split(';')[0] ?? '';
    const schema = document.paths[path]?.get?.responses['200']?.content[type]?.schema;
    expect(schema, `${path} ${type}`).toBeDefined();
    const body = await answer.text();
    expect(z.fromJSONSchema(schema ?? {}).safeParse(type === 'application/json' ? JSON.parse(body) : body).error?.issues).toBeUndefined();
  });

  test.each(routes.filter((route) => route.hasEvents === true).map((route) => [route.path, route] as const))('%s as events', async (_name, route) => {
    const operation = document.paths[base + route.path]?.get;
    const response = await fetch(`${api.url}${base}${route.path.replace('{batch}', batch)}`, {
      headers: { authorization: `Bearer ${api.keys.viewer}`, accept: 'text/event-stream' },
    });
    expect(response.status).toBe(200);
    expect(Object.keys(operation?.responses['200']?.content ?? {})).toContain(response.headers.get('content-type'));
    const blocks = (await response.text()).trimEnd().split('\n\n');
    expect(blocks.at(-1)).toBe('event: END\ndata: {"status":"COMPLETED"}');
    const data = blocks.slice(0, -1).map((block) => JSON.parse(/^data: (.*)$/m.exec(block)?.[1] ?? '') as unknown);
    expect(data.length).toBeGreaterThan(0);
    // each event is what the route gives as JSON, or one of its elements
    const schema = z.fromJSONSchema(operation?.responses['200']?.content['application/json']?.schema ?? {});
    expect(schema.safeParse(route.path.endsWith('/screen/events') ? data[0] : data).error?.issues).toBeUndefined();
    if (route.headers !== undefined) expect(operation?.parameters).toContainEqual(expect.objectContaining({ name: 'Last-Event-ID', in: 'header' }));
  });

  const refusals: readonly (readonly [string, string, object, number])[] = [
    ['GET', '/batches/2099-01-MONTHEND', {}, 404], ['POST', '/batches', { body: { period: '2003-01' } }, 409], ['POST', '/batches', { body: {} }, 400],
    ['GET', '/periods', { key: 'none' }, 401], ['GET', '/trial-balance?period=1999-01', {}, 404],
  ];
  test.each(refusals)('%s %s %j is refused as its document says', async (method, path, options, status) => {
    const answer = await api.call(method, base + path, options);
    expect(answer.status).toBe(status);
    const [, operations] = Object.entries(document.paths).find(([each]) => new RegExp(`^${each.replace(/\{\w+\}/g, '[^/]+')}$`).test(base + path.split('?')[0])) ?? [];
    const [type, { schema }] = Object.entries(operations?.[method.toLowerCase()]?.responses.default?.content ?? {})[0] ?? ['', { schema: {} }];
    expect(answer.headers.get('content-type')).toBe(type);
    expect(schema).toEqual({ $ref: '#/components/schemas/Problem' });
    expect(z.fromJSONSchema(document.components.schemas.Problem).safeParse(answer.body).error?.issues).toBeUndefined();
  });

  test('a document that says something else would be noticed', () => {
    const schema = document.paths[`${base}/periods`]?.get?.responses['200']?.content['application/json']?.schema ?? {};
    expect(z.fromJSONSchema(schema).safeParse([{ period: 1 }]).success).toBe(false);
  });
});
