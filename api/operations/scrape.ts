import { Hono } from 'hono';
import { hashKey } from '../../control/access.ts';
import type { Authenticate } from '../access/auth.ts';
import type { Metrics } from './metrics.ts';
import { problemOf } from '../http/problem.ts';
import type { Env } from '../routes/route.ts';

const rememberedMs = 5 * 60_000;

/**
 * `/metrics`, for every role. Keys are in the database: one that was let in is remembered for some
 * minutes, so that a scrape tells that the database is away instead of failing with it.
 */
export function scrapeRoute(metrics: Metrics, authenticate: Authenticate, now: () => number = Date.now): Hono<Env> {
  const app = new Hono<Env>();
  let last: { readonly digest: string; readonly until: number } | undefined;
  const letIn = async (request: Request, address: string): Promise<void> => {
    const digest = hashKey(request.headers.get('authorization') ?? '').toString('hex');
    try {
      await authenticate(request, address);
      last = { digest, until: now() + rememberedMs };
    } catch (error) {
      if (problemOf(error).status < 500 || last?.digest !== digest || last.until < now()) throw error;
    }
  };
  app.get('/metrics', async (context) => {
    await letIn(context.req.raw, context.var.actor.address);
    return context.body(await metrics.scrape(), 200, { 'content-type': metrics.contentType, 'cache-control': 'no-store' });
  });
  return app;
}
