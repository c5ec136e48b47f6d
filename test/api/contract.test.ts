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

  test('a document that says something else would be noticed', () => {
    const schema = document.paths[`${base}/periods`]?.get?.responses['200']?.content['application/json']?.schema ?? {};
    expect(z.fromJSONSchema(schema).safeParse([{ period: 1 }]).success).toBe(false);
  });
});
