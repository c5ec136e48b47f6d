import { Hono } from 'hono';
import type { LocalLogin } from '../access/auth.ts';
import { docsPage, docsStyle } from '../docs/docs-page.ts';
import { openApi } from '../docs/openapi.ts';
import { Refusal } from '../http/problem.ts';
import type { ProblemBook } from '../http/problem-book.ts';
import type { Readiness } from '../operations/ready.ts';
import type { Env, Route } from './route.ts';

interface PublicOptions {
  readonly routes: readonly Route[];
  readonly base: string;
  readonly local: LocalLogin | undefined;
  readonly readiness: () => Promise<Readiness>;
  readonly problems: ProblemBook;
}

/** What needs no key: health, the description of the API, the meaning of problems, and the way in for a browser. */
export function publicRoutes({ routes, base, local, readiness, problems }: PublicOptions): Hono<Env> {
  const app = new Hono<Env>();
  const document = JSON.stringify(openApi(routes, base));
  app.get('/healthz', (context) => context.json({ status: 'ok' }));
  app.get('/readyz', async (context) => {
    const { status, parts } = await readiness();
    return context.json({ status, ...parts }, status === 'ready' ? 200 : 503);
  });
  app.get('/openapi.json', (context) => context.body(document, 200, { 'content-type': 'application/json' }));
  app.get('/docs', (context) => context.html(docsPage(routes, base)));
  app.get('/docs.css', (context) => context.body(docsStyle, 200, { 'content-type': 'text/css' }));
  app.get('/problems/:kind', async (context) => context.json(await problems.find(context.req.param('kind'))));
  app.get('/login', (context) => {
    const cookie = local?.redeem(context.req.query('token') ?? '');
    if (cookie === undefined) {
      throw new Refusal('unauthenticated', {
        title: 'This link is not valid any more.', nextStep: 'Start the service again, or make a key: ./monthend key create',
      });
    }
    return context.body(null, 303, { location: '/', 'set-cookie': cookie });
  });
  return app;
}
