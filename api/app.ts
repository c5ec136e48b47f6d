import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { etag } from 'hono/etag';
import { secureHeaders } from 'hono/secure-headers';
import type { z } from 'zod';
import { accessRole, actAs, actAsService, type Actor, recordAudit } from '../control/database/access.ts';
import { authenticate, type LocalLogin } from './auth.ts';
import { batchRoutes } from './batches.ts';
import { docsPage, docsStyle } from './docs-page.ts';
import { importRoutes } from './imports.ts';
import { ledgerRoutes } from './ledger.ts';
import { monitoringRoutes } from './monitoring.ts';
import { openApi } from './openapi.ts';
import { type Problem, problemOf, Refusal } from './problem.ts';
import { createRateLimit } from './rate-limit.ts';
import type { Answer, Call, Route, Service } from './route.ts';
import { scheduleRoutes } from './schedule.ts';

export const base = '/api/v1';
export const routes: readonly Route[] = [...batchRoutes, ...ledgerRoutes, ...importRoutes, ...scheduleRoutes, ...monitoringRoutes];

export interface AppOptions {
  /** Undefined where keys alone let in. */
  readonly local?: LocalLogin | undefined;
  /** The names that this service is asked by, where it serves its own machine alone. */
  readonly hosts?: ReadonlySet<string>;
  /** The address of the client. */
  readonly addressOf: (context: Context) => string;
  /** What is missing before requests can be served; empty: ready. */
  readonly notReady: () => Promise<string[]>;
  readonly onFault: (error: unknown) => void;
}

const mostBodyBytes = 64 * 1024;
const requestsPerSecond = 200;
const burst = 400;

/** Each role may what those before it may, as in the database. */
const includes: Record<Actor['role'], readonly Actor['role'][]> = {
  viewer: ['viewer'], auditor: ['viewer', 'auditor'], operator: ['viewer', 'operator'], admin: ['viewer', 'operator', 'admin'],
};

function answerProblem(problem: Problem): Response {
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: {
      'content-type': 'application/problem+json', 'cache-control': 'no-store',
      ...(problem.status === 503 && { 'retry-after': '2' }), ...(problem.status === 401 && { 'www-authenticate': 'Bearer' }),
    },
  });
}

function parse(schema: z.ZodObject | undefined, value: unknown, place: string): unknown {
  if (schema === undefined) return {};
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Refusal(400, 'request', `The ${place} is not as it should be.`, {
    detail: parsed.error.issues.map(({ path, message }) => `${path.join('.') || place}: ${message}`).join('; '),
    nextStep: 'GET /openapi.json says what is expected.',
  });
}

async function readBody(route: Route, request: Request): Promise<unknown> {
  if (route.body === undefined) return undefined;
  const text = await request.text();
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch {
    throw new Refusal(400, 'request', 'The body is no JSON.', { nextStep: 'Send a JSON object, with Content-Type: application/json.' });
  }
}

function assertRole(route: Route, actor: Actor): void {
  if (includes[actor.role].includes(route.role)) return;
  throw new Refusal(403, 'role', `This takes the role ${accessRole.parse(route.role)}.`, { detail: `The key has the role ${actor.role}.` });
}

/** Runs a route in a session that acts for the caller; the session is the service's own again afterwards. */
async function run(route: Route, service: Service, actor: Actor, parts: object, request: Request): Promise<Answer> {
  const client = await service.pool.connect();
  let failed = true;
  try {
    await actAs(client, actor);
    const answer = await route.handle({ ...parts, client, actor, service, request } as Call<never, never, never>);
    await actAsService(client);
    failed = false;
    return answer;
  } finally {
    // a session that something went wrong in is not used again
    client.release(failed);
  }
}

const paramNames = (path: string): string[] => [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');

/** The API as a Hono application: what is asked, by whom, and every refusal kept. */
export function createApp(service: Service, options: AppOptions): Hono {
  const app = new Hono();
  const mayGoOn = createRateLimit(requestsPerSecond, burst);
  const document = JSON.stringify(openApi(routes, base));

  /** Never fails a request: what can't be kept is told to the log. */
  const audit = async (actor: Actor, action: string, outcome: string, detail?: object): Promise<void> => {
    try {
      const client = await service.pool.connect();
      let failed = true;
      try {
        await actAs(client, { ...actor, role: 'operator' });
        await recordAudit(client, 'request', action, outcome, detail);
        await actAsService(client);
        failed = false;
      } finally {
        client.release(failed);
      }
    } catch (error) {
      options.onFault(error);
    }
  };

  app.use(secureHeaders({ contentSecurityPolicy: { defaultSrc: ["'self'"], frameAncestors: ["'none'"] } }));
  app.use(async (context, next) => {
    const { hosts } = options;
    if (hosts === undefined || hosts.has(context.req.header('host') ?? '')) return next();
    return answerProblem(new Refusal(403, 'host', 'This service is not known by that name.').problem);
  });
  app.get('/healthz', (context) => context.json({ status: 'ok' }));
  app.get('/readyz', async (context) => {
    const missing = await options.notReady();
    return context.json({ status: missing.length === 0 ? 'ready' : 'not ready', missing }, missing.length === 0 ? 200 : 503);
  });
  app.get('/openapi.json', (context) => context.body(document, 200, { 'content-type': 'application/json' }));
  app.get('/docs', (context) => context.html(docsPage(routes, base)));
  app.get('/docs.css', (context) => context.body(docsStyle, 200, { 'content-type': 'text/css' }));
  app.get('/login', (context) => {
    const cookie = options.local?.redeem(context.req.query('token') ?? '');
    if (cookie === undefined) return answerProblem(new Refusal(401, 'unauthenticated', 'This link is not valid any more.', { nextStep: 'Start the service again, or make a key: ./monthend key create' }).problem);
    return context.body(null, 303, { location: '/docs', 'set-cookie': cookie });
  });

  for (const route of routes) {
    const path = base + route.path.replace(/\{(\w+)\}/g, ':$1');
    if (route.streamed !== true) app.use(path, bodyLimit({ maxSize: mostBodyBytes, onError: () => answerProblem(new Refusal(413, 'too-large', `A body has at most ${mostBodyBytes} bytes.`).problem) }));
    // an ETag is made of the whole answer, which a live one doesn't have before its end
    if (route.method === 'get' && route.live !== true) app.use(path, etag());
    app[route.method](path, async (context) => {
      const address = options.addressOf(context);
      const request = context.req.raw;
      let actor: Actor = { name: 'unknown', role: 'viewer', address };
      const action = `${request.method} ${context.req.path}`;
      try {
        if (!mayGoOn(address)) throw new Refusal(429, 'rate', 'Too many requests.', { nextStep: `At most ${requestsPerSecond} a second.` });
        actor = await authenticate(request, address, service.pool, options.local);
        assertRole(route, actor);
        const params = Object.fromEntries(paramNames(route.path).map((name) => [name, context.req.param(name)]));
        const parts = {
          params: parse(route.params, params, 'path'),
          query: parse(route.query, context.req.query(), 'query'),
          body: parse(route.body, await readBody(route, request), 'body'),
        };
        const answer = await run(route, service, actor, parts, request);
        if (route.method !== 'get') await audit(actor, action, 'DONE');
        const status = answer.status ?? route.status;
        return new Response(answer.stream ?? JSON.stringify(answer.body), {
          status, headers: { 'content-type': 'application/json', 'cache-control': 'no-cache', ...answer.headers },
        });
      } catch (error) {
        const problem = problemOf(error);
        if (problem.status >= 500) options.onFault(error);
        else await audit(actor, action, 'REFUSED', { status: problem.status, type: problem.type, detail: problem.detail });
        return answerProblem(problem);
      }
    });
  }
  app.notFound(() => answerProblem(new Refusal(404, 'route', 'There is nothing here.', { nextStep: 'GET /openapi.json lists what there is.' }).problem));
  app.onError((error) => {
    options.onFault(error);
    return answerProblem(problemOf(error));
  });
  return app;
}
