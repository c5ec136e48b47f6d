import type { Context } from 'hono';
import type { z } from 'zod';
import type { Actor } from '../../control/database/access.ts';
import { readJson } from './body.ts';
import { streamArray } from './json-array.ts';
import { type Problem, Refusal } from './problem.ts';
import type { Answer, Call, Env, Route, Service } from '../routes/route.ts';
import { withActing } from '../pools.ts';

/** A problem as a response. */
export function answerProblem(problem: Problem, retryAfter?: number): Response {
  const wait = retryAfter ?? (problem.status === 503 ? 2 : undefined);
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: {
      'content-type': 'application/problem+json', 'cache-control': 'no-store',
      ...(wait !== undefined && { 'retry-after': String(wait) }), ...(problem.status === 401 && { 'www-authenticate': 'Bearer' }),
      // the rest of the body is not wanted
      ...((problem.status === 413 || problem.status === 408) && { connection: 'close' }),
    },
  });
}

function parse(schema: z.ZodObject | undefined, value: unknown, place: string): unknown {
  if (schema === undefined) return {};
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Refusal('request', {
    title: `The ${place} is not as it should be.`,
    detail: parsed.error.issues.map(({ path, message }) => `${path.join('.') || place}: ${message}`).join('; '),
  });
}

const ofEvents = { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' };

const paramNames = (path: string): string[] => [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');

/** Checks a request by what its route declares, runs it as the caller's role, and answers. */
export async function answer(
  route: Route, service: Service, actor: Actor, context: Context<Env>, onFault: (error: unknown) => void,
): Promise<Response> {
  const request = context.req.raw;
  const params = Object.fromEntries(paramNames(route.path).map((name) => [name, context.req.param(name)]));
  const parts = {
    params: parse(route.params, params, 'path'),
    query: parse(route.query, context.req.query(), 'query'),
    body: parse(route.body, route.body === undefined ? {} : await readJson(request), 'body'),
  };
  const { query } = parts;
  context.set('sent', route.streamed === true || route.body === undefined ? { query } : { query, body: parts.body });
  const { reads, changes, transfers } = service.pools;
  const pool = route.streamed === true ? transfers : route.method === 'get' ? reads : changes;
  const given: Answer = await withActing(pool, actor, (client) =>
    route.handle({ ...parts, client, actor, service, request } as Call<never, never, never>));
  const answerBody = async (): Promise<ReadableStream<Uint8Array> | string | null> => {
    // a HEAD is answered as a GET; nobody would take what is streamed
    if (request.method === 'HEAD' && given.body === undefined) return null;
    if (given.pages) return streamArray(service.pools, actor, given.pages, onFault);
    if (!given.events) return JSON.stringify(given.body);
    context.env.begin = service.follow(actor, request, given.events, context.env.outgoing);
    return null;
  };
  return new Response(await answerBody(), {
    status: given.status ?? route.status,
    headers: { ...(given.events ? ofEvents : { 'content-type': 'application/json', 'cache-control': 'no-cache' }), ...given.headers },
  });
}
