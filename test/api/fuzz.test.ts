import { createHmac, createPublicKey, type JsonWebKey } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type AccessRole, makeKey } from '../../control/access.ts';
import { useApi } from '../support/api.ts';
import { endCommands } from '../support/cli.ts';
import { closeMonth, one } from '../support/close.ts';
import { type Chance, chances, type Schema, valid, wrong, wrongBody } from '../support/fuzz.ts';
import { audience, type Issuer, startIssuer, unsigned } from '../support/issuer.ts';
import { insertMonth } from '../support/transactions.ts';

afterAll(endCommands);

// Another one to look further: FUZZ_SEED=7, and FUZZ_ROUNDS for longer.
const seed = Number(process.env.FUZZ_SEED ?? 20030131);
const rounds = Number(process.env.FUZZ_ROUNDS ?? 12);
const atOnce = 6;

type Json = Parameters<typeof z.fromJSONSchema>[0];
interface Parameter { readonly name: string; readonly in: 'path' | 'query' | 'header'; readonly required: boolean; readonly schema: Schema }
interface Operation {
  readonly 'x-role': AccessRole;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}
interface Way extends Operation { readonly path: string; readonly method: string }
interface Sent { readonly method: string; readonly path: string; readonly headers: Record<string, string>; readonly body?: string | undefined; readonly isWrong?: boolean }

let issuer: Issuer;
beforeAll(async () => { issuer = await startIssuer(); });
afterAll(() => issuer.stop());

const api = useApi({
  login: 'admin', env: () => ({ MONTHEND_OIDC_ISSUER: issuer.url, MONTHEND_OIDC_AUDIENCE: audience, MONTHEND_API_RATE: '100000' }),
});
let ways: Way[];
let problem: z.ZodType;

beforeAll(async () => {
  for (const period of ['2003-01', '2003-03']) await insertMonth(api.owner, { period, premiums: 20, claims: 5 });
  const session = await api.database.session('operator');
  await closeMonth(session, '2003-01');
  await session.query(`select month_end.open_batch('2003-03')`);
  const document = (await (await fetch(`${api.url}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, Operation>>; components: { schemas: { Problem: Parameters<typeof z.fromJSONSchema>[0] } };
  };
  ways = Object.entries(document.paths).flatMap(([path, operations]) => Object.entries(operations).map(([method, each]) => ({ ...each, path, method })))
    .filter((way) => 'x-role' in way);
  problem = z.fromJSONSchema(document.components.schemas.Problem);
});

/** What no answer may have: keys, code, places. */
const secrets = /mek_|node_modules|\.ts\b|\n\s+at |password|postgres(ql)?:/i;
/** What would tell of the inside besides. */
const leaks = /\bselect \w|insert into|PL\/pgSQL|pg_[a-z]+|node_modules|\.ts\b|\n\s+at |password|postgres/i;

/** What the audit log has: rows, and what some of them count. */
const refused = (): Promise<number> => one(api.owner, `
  select coalesce(sum(coalesce((detail->>'count')::integer, 1)), 0)::integer from month_end.audit_log where outcome = 'REFUSED'`);
const failed = (): Promise<number> => one(api.owner, `select count(*)::integer from month_end.audit_log where outcome = 'FAILED'`);

let sent = 0;
let refusals = 0;
afterAll(() => console.info(`${sent} requests of seed ${seed}, ${refusals} refused`));

/** Sends one; true where it was refused. */
async function send({ method, path, headers, body, isWrong }: Sent): Promise<boolean> {
  sent += 1;
  const response = await fetch(api.url + path, {
    method: method.toUpperCase(), headers: { authorization: `Bearer ${api.keys.admin}`, ...headers }, redirect: 'manual',
    ...(body !== undefined && method !== 'get' && { body }),
  });
  const text = await response.text();
  const what = `seed ${seed}: ${method} ${path.slice(0, 300)} ${JSON.stringify(headers).slice(0, 300)} ${String(body).slice(0, 300)}: ${response.status} ${text.slice(0, 500)}`;
  expect(response.status, what).toBeLessThan(500);
  // a rule's own SQL is what that route is for
  if (!path.includes('/validation-rules/')) expect(text, what).not.toMatch(secrets);
  if (isWrong === true) expect(response.status, what).toBeGreaterThanOrEqual(400);
  if (response.status < 400) return false;
  expect(response.headers.get('content-type'), what).toBe('application/problem+json');
  expect(problem.safeParse(JSON.parse(text)).error, what).toBeUndefined();
  expect(text, what).not.toMatch(leaks);
  return true;
}

/** Sends all, several at a time; returns how many were refused. */
async function sendAll(requests: readonly Sent[]): Promise<number> {
  const waiting = requests.values();
  const before = refusals;
  await Promise.all(Array.from({ length: atOnce }, async () => {
    for (const request of waiting) if (await send(request)) refusals += 1;
  }));
  expect(await failed()).toBe(0);
  return refusals - before;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
const encode = (value: unknown): string => encodeURIComponent(text(value).toWellFormed());
/** Whether the document refuses a parameter's value: a number is decimal digits. */
function refusesText(schema: Schema, value: unknown): boolean {
  const given = text(value).toWellFormed();
  const isNumber = schema.type === 'integer' || schema.type === 'number';
  if (isNumber && !/^\d+$/.test(given)) return true;
  return !z.fromJSONSchema(schema as Json).safeParse(isNumber ? Number(given) : given).success;
}
function refusesBody(schema: Schema, body: string): boolean {
  try {
    return !z.fromJSONSchema(schema as Json).safeParse(body === '' ? {} : JSON.parse(body)).success;
  } catch {
    return true;
  }
}
const bodySchema = (way: Way): Schema | undefined => way.requestBody?.content['application/json']?.schema;

/** A request as the document wants it; some parameters given, others left out. */
function rightRequest(way: Way, chance: Chance): { path: Record<string, string>; query: Record<string, string>; body?: string | undefined } {
  const given = way.parameters.filter(({ required }) => required || chance.below(3) === 0);
  const those = (place: Parameter['in']): Record<string, string> =>
    Object.fromEntries(given.filter((each) => each.in === place).map(({ name, schema }) => [name, encode(valid(schema, chance))]));
  const schema = bodySchema(way);
  return { path: those('path'), query: those('query'), ...(schema !== undefined && { body: JSON.stringify(valid(schema, chance)) }) };
}

function write(way: Way, request: ReturnType<typeof rightRequest>, headers: Record<string, string> = {}): Sent {
  const path = way.path.replace(/\{(\w+)\}/g, (_all, name: string) => request.path[name] ?? '');
  const query = Object.entries(request.query).map(([name, value]) => `${name}=${value}`).join('&');
  return { method: way.method, path: query === '' ? path : `${path}?${query}`, headers, body: request.body };
}

const eachWay = (make: (way: Way, chance: Chance) => Sent[]): Sent[] => {
  const chance = chances(seed);
  return ways.flatMap((way) => make(way, chance));
};
const times = <Made>(count: number, make: () => Made): Made[] => Array.from({ length: count }, make);

describe('whatever is sent, nothing breaks, nothing is told, every refusal is kept', () => {
  test('parameters: types, bounds, unknown ones', async () => {
    await sendAll(eachWay((way, chance) => [
      ...way.parameters.filter((each) => each.in !== 'header').flatMap(({ name, in: place, schema }) => times(rounds, () => {
        const right = rightRequest(way, chance);
        const value = wrong(schema, chance);
        const request = write(way, { ...right, [place]: { ...right[place as 'path' | 'query'], [name]: encode(value) } });
        return { ...request, isWrong: refusesText(schema, value) };
      })),
      { ...write(way, { ...rightRequest(way, chance), query: { ...rightRequest(way, chance).query, unknown: '1' } }), isWrong: way.parameters.some((each) => each.in === 'query') },
    ]));
  });

  test('bodies: types, bounds, unknown fields, no JSON, too deep, too large', async () => {
    await sendAll(eachWay((way, chance) => {
      const schema = bodySchema(way);
      return schema === undefined ? [] : times(rounds * 3, () => {
        const body = wrongBody(schema, chance);
        return { ...write(way, { ...rightRequest(way, chance), body }), isWrong: refusesBody(schema, body) };
      });
    }));
  });

  test('headers', async () => {
    const values = ['', ' ', '0', '-1+5', '1+9-2', `${'9'.repeat(40)}`, 'x'.repeat(300), 'x'.repeat(9_000), '\u00ff', 'W/"x"', '*', 'gzip', 'text/xml', '"', '{}', 'eyJ9'];
    const names = ['idempotency-key', 'last-event-id', 'if-none-match', 'content-type', 'content-encoding', 'accept', 'cookie', 'origin', 'monthend-mapping', 'x-forwarded-for'];
    await sendAll([
      ...eachWay((way, chance) => times(rounds, () => write(way, rightRequest(way, chance), { [chance.pick(names)]: chance.pick(values) }))),
      ...eachWay((way, chance) => [write(way, { ...rightRequest(way, chance), query: { unknown: '1' } })]),
    ]);
  });

  test('files that are none', async () => {
    const contents = ['', '\u0000', 'a,b\n1,2', '\u001f\u008b\u0008', 'txn_id,policy_number,product_code,payment_date,amount,currency,cost_center\n"', 'x'.repeat(100_000)];
    await sendAll(eachWay((way, chance) => (way.requestBody?.content['application/octet-stream'] === undefined ? []
      : contents.map((body) => write(way, { ...rightRequest(way, chance), body })))));
  });

  test('keys and tokens that are not valid', async () => {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: issuer.url, aud: audience, sub: 'x', exp: now + 600, roles: ['monthend_admin'] };
    const input = unsigned(claims, 'HS256').slice(0, -1);
    const pem = createPublicKey({ key: JSON.parse(issuer.publicKey()) as JsonWebKey, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
    const tokens = [
      makeKey(), unsigned(claims), `${input}.${createHmac('sha256', pem).update(input).digest('base64url')}`, await issuer.token({ aud: 'other' }),
      await issuer.token({ iss: 'https://evil.example' }), await issuer.token({ exp: now - 60 }), await issuer.token({ roles: ['nobody'] }), 'x'.repeat(7_000), 'a.b.c', '..',
    ];
    const headers = ['', 'Bearer', 'Bearer ', 'Basic YTpi', 'Bearer a b', ...tokens.map((token) => `Bearer ${token}`)];
    const all = eachWay((way, chance) => headers.map((authorization) => write(way, rightRequest(way, chance), { authorization })));
    expect(await sendAll(all)).toBe(all.length);
  });

  test('other roles: each may what the document says, and no more', async () => {
    const may: Record<AccessRole, readonly AccessRole[]> = {
      viewer: ['viewer'], auditor: ['viewer', 'auditor'], operator: ['viewer', 'auditor', 'operator'], approver: ['viewer', 'auditor', 'approver'],
      admin: ['viewer', 'auditor', 'operator', 'approver', 'admin'],
    };
    const chance = chances(seed);
    for (const way of ways) {
      for (const role of Object.keys(may) as AccessRole[]) {
        for (const key of [api.keys[role], await issuer.token({ roles: [`monthend_${role}`] })]) {
          const request = write(way, rightRequest(way, chance));
          const { status, body } = await api.call(way.method.toUpperCase(), request.path, { key, ...(way.method !== 'get' && { body: request.body ?? '' }) });
          const what = `${role}: ${way.method} ${request.path}: ${status} ${JSON.stringify(body).slice(0, 300)}`;
          expect(status, what).toBeLessThan(500);
          expect(status === 403, what).toBe(!may[role].includes(way['x-role']));
          sent += 1;
          if (status >= 400) refusals += 1;
        }
      }
    }
  });

  test('paths and methods that are not there', async () => {
    const chance = chances(seed);
    const paths = ['/api', '/api/v1', '/api/v1/', '/api/v2/batches', '/api/v1/batches/', '/api/v1//batches', '/.env', '/%2e%2e/etc/passwd', '/api/v1/batches/%00', '/problems/x', '/login?token=', '/x'.repeat(2_000)];
    await sendAll([
      ...paths.map((path) => ({ method: 'get', path, headers: {} })),
      ...eachWay((way) => ['put', 'delete', 'patch', 'options'].map((method) => ({ ...write(way, rightRequest(way, chance)), method, body: '{}' }))),
    ]);
  });

  test('what is no HTTP, and bodies and files that never come', async () => {
    const port = Number(new URL(api.url).port);
    const answerTo = (bytes: string): Promise<string> => new Promise((resolve) => {
      let answer = '';
      const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
      socket.setEncoding('latin1').on('data', (piece: string) => { answer += piece; }).on('error', () => undefined).on('close', () => resolve(answer));
    });
    const host = `Host: 127.0.0.1:${port}\r\n`;
    const broken = [
      'hello\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n', `GET / HTTP/1.1\r\n${host}X: ${'x'.repeat(70_000)}\r\n\r\n`, `GET / HTTP/1.1\r\n${host}Content-Length: -1\r\n\r\n`,
      `POST /api/v1/batches HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`, 'GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n',
    ];
    const slow = ways.filter((way) => way.requestBody !== undefined).map((way) => {
      const { path } = write(way, rightRequest(way, chances(seed)));
      return `${way.method.toUpperCase()} ${path} HTTP/1.1\r\n${host}Authorization: Bearer ${api.keys.admin}\r\nContent-Length: 50\r\n\r\n{`;
    });
    const [answers, late] = await Promise.all([Promise.all(broken.map(answerTo)), Promise.all(slow.map(answerTo))]);
    for (const answer of answers) expect(answer).toMatch(/^HTTP\/1\.1 4(00|03|31) /);
    for (const answer of late) expect(answer).toMatch(/^HTTP\/1\.1 408 [^]*\/problems\/slow-body/);
    for (const answer of [...answers, ...late]) expect(answer).not.toMatch(leaks);
    refusals += broken.length + slow.length;
  });

  test('it is as well as before', async () => {
    expect(await failed()).toBe(0);
    expect(await (await fetch(`${api.url}/readyz`)).json()).toMatchObject({ status: 'ready' });
    expect(api.service.isRunning()).toBe(true);
    const lines = api.service.said().stderr.trimEnd().split('\n');
    // all are lines of the log; what jobs of cancelled batches end with is not asked here
    expect(lines.filter((line) => !line.startsWith('{') || (/"level":"error"/.test(line) && !/"part":"job"/.test(line)))).toEqual([]);
  });

  test('every refusal is in the audit log, by itself or in a count, once the service has ended', async () => {
    api.service.kill('SIGTERM');
    await api.service.ended;
    expect(await refused()).toBe(refusals);
  });
});
