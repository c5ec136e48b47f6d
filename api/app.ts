import { Hono, type Context } from 'hono';
import { etag } from 'hono/etag';
import { secureHeaders } from 'hono/secure-headers';
import pLimit from 'p-limit';
import type { Actor } from '../control/database/access.ts';
import type { Log } from '../control/log.ts';
import { answer, answerProblem } from './http/answer.ts';
import type { Audit } from './access/audit.ts';
import { assertRole, type Authenticate, type LocalLogin } from './access/auth.ts';
import { batchRoutes } from './routes/batches.ts';
import { createDashboard } from './dashboard.ts';
import { importRoutes } from './routes/imports.ts';
import { inspectionRoutes } from './routes/inspection.ts';
import { ledgerRoutes } from './routes/ledger.ts';
import type { Metrics } from './operations/metrics.ts';
import { monitoringRoutes } from './routes/monitoring.ts';
import { observe } from './operations/observe.ts';
import { problemOf, Refusal } from './http/problem.ts';
import { createProblemBook } from './http/problem-book.ts';
import { publicRoutes } from './routes/public.ts';
import { createRateLimit } from './http/rate-limit.ts';
import type { Readiness } from './operations/ready.ts';
import { type Env, type Route, type Service, wantsEvents } from './routes/route.ts';
import { scheduleRoutes } from './routes/schedule.ts';
import { scrapeRoute } from './operations/scrape.ts';
import { loginRoutes } from './routes/login.ts';

export const base = '/api/v1';
export const routes: readonly Route[] = [
  ...batchRoutes, ...ledgerRoutes, ...importRoutes, ...scheduleRoutes, ...monitoringRoutes, ...inspectionRoutes, ...loginRoutes,
];

interface AppOptions {
  readonly audit: Audit;
  readonly authenticate: Authenticate;
  /** Requests that a caller may send a second. */
  readonly rate: number;
  /** Undefined where no link lets a browser in. */
  readonly local?: LocalLogin | undefined;
  /** The names that this service is asked by, where it serves its own machine alone. */
  readonly hosts?: ReadonlySet<string>;
  /** The address of the client. */
  readonly addressOf: (context: Context) => string;
  readonly readiness: () => Promise<Readiness>;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly onFault: (error: unknown, fields?: object) => void;
}

/** Nothing inline, nothing from elsewhere; lit-html alone may make markup of text. */
const contentSecurityPolicy = {
  defaultSrc: ["'none'"], scriptSrc: ["'self'"], styleSrc: ["'self'"], connectSrc: ["'self'"], imgSrc: ["'self'", 'data:'], baseUri: ["'none'"],
  formAction: ["'none'"], frameAncestors: ["'none'"], requireTrustedTypesFor: ["'script'"], trustedTypes: ['lit-html'],
};

// Many come at once when a service starts, or a batch does: reads go on meanwhile.
const arrivals = 4;

// An address may stand for many callers, behind a proxy that speaks TLS.
const callersOfAddress = 5;

/** The API as a Hono application: what is asked, by whom, and every refusal kept. */
export function createApp(service: Service, options: AppOptions): Hono<Env> {
  const app = new Hono<Env>();
  const { audit } = options;
  const waitOfAddress = createRateLimit(options.rate * callersOfAddress);
  const waitOfCaller = createRateLimit(options.rate);
  const inTurn = pLimit(arrivals);
  const limit = (retryAfter: number): void => {
    if (retryAfter > 0) throw new Refusal('rate', { retryAfter });
  };
  // without the query: a token may be in it
  const actionOf = ({ req }: Context): string => `${req.method} ${new URL(req.url).pathname}`;

  app.onError(async (error, context) => {
    const problem = problemOf(error);
    const { status, type, detail } = problem;
    if (status >= 500) options.onFault(error, { request: context.var.requestId });
    await audit(context.var.actor, actionOf(context), status >= 500 ? 'FAILED' : 'REFUSED', { status, type, detail });
    return answerProblem(problem, error instanceof Refusal ? error.retryAfter : undefined);
  });
  app.notFound(() => { throw new Refusal('route'); });

  app.use(...observe(options.metrics, options.log));
  app.use(secureHeaders({ contentSecurityPolicy }));
  app.use(async (context, next) => {
    const { hosts } = options;
    const address = options.addressOf(context);
    context.set('actor', { name: 'unknown', role: 'viewer', address });
    if (hosts !== undefined && !hosts.has(context.req.header('host') ?? '')) throw new Refusal('host');
    if (context.req.path !== '/healthz' && context.req.path !== '/readyz') limit(waitOfAddress(address));
    await next();
  });
  app.route('/', publicRoutes({
    routes, base, local: options.local, readiness: options.readiness, problems: createProblemBook(service.pools.reads),
  }));
  app.route('/', createDashboard());

  app.route('/', scrapeRoute(options.metrics, options.authenticate));

  for (const route of routes) {
    const path = base + route.path.replace(/\{(\w+)\}/g, ':$1');
    // an ETag is made of the whole answer, which a live one doesn't have before its end
    if (route.method === 'get' && route.live !== true) app.use(path, etag());
    const handle = async (context: Context<Env>): Promise<Response> => {
      const actor: Actor = await options.authenticate(context.req.raw, context.var.actor.address);
      context.set('actor', actor);
      limit(waitOfCaller(actor.name));
      assertRole(route, actor);
      const response = await answer(route, service, actor, context, options.onFault);
      if (route.method !== 'get') await audit(actor, actionOf(context), 'DONE', context.var.sent);
      return response;
    };
    app[route.method](path, (context) => (route.hasEvents === true && wantsEvents(context.req.raw) ? inTurn(() => handle(context)) : handle(context)));
  }
  return app;
}
