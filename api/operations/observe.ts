import type { MiddlewareHandler } from 'hono';
import { requestId } from 'hono/request-id';
import { routePath } from 'hono/route';
import type { Log } from '../../control/log.ts';
import { batchIdForm } from '../../control/values.ts';
import type { Metrics } from './metrics.ts';
import type { Env } from '../routes/route.ts';

const batchOf = (path: string): string | undefined => path.split('/').find((part) => batchIdForm.test(part));

/**
 * Counts each request by its route, never by its path, and tells the log of it: what reads, and is
 * answered, only at level debug. Paths and parameters stay out, but for the batch.
 */
export function observe(metrics: Metrics, log: Log): [MiddlewareHandler, MiddlewareHandler] {
  const count: MiddlewareHandler<Env> = async (context, next) => {
    const begun = performance.now();
    await next();
    const seconds = (performance.now() - begun) / 1000;
    const { method } = context.req;
    const { status, headers } = context.res;
    // what the middleware of the id has set is lost where a route answers with a Response of its own
    headers.set('x-request-id', context.var.requestId);
    const path = routePath(context, -1);
    const route = path.endsWith('*') ? 'none' : path;
    metrics.observeRequest({ method, route, status }, seconds);
    const level = status >= 400 || method !== 'GET' ? 'info' : 'debug';
    log[level]({
      part: 'http', request: context.var.requestId, actor: context.var.actor.name, method, route, batch: batchOf(context.req.path),
      status, seconds,
    }, `${method} ${route} ${status}`);
  };
  return [requestId({ limitLength: 64 }), count];
}
