import type pg from 'pg';
import type { z } from 'zod';
import type { AccessRole } from '../../control/access.ts';
import type { Actor } from '../../control/database/access.ts';
import type { BatchKey } from '../../control/database/batch.ts';
import type { Screen } from '../../control/database/monitoring.ts';
import type { ControlPlane } from '../../control/jobs/control-plane.ts';
import type { BrowserLogins } from '../access/browser-logins.ts';
import type { Feeds } from '../live/event-feed.ts';
import type { Connection } from '../http/http-server.ts';
import type { Events, Follow } from '../live/followers.ts';
import type { Screens } from '../live/screen.ts';
import type { Pools } from '../pools.ts';

/** How this process serves, fixed at its start. */
interface ApiProfile {
  /** Sessions that a batch gets unless the request says otherwise. */
  readonly sessions: number;
  /** Free bytes on the database's disk, as text, where this machine is the database's. */
  readonly freeBytes: () => string | undefined;
}

/** What the routes have of the process that serves them. */
export interface Service {
  readonly pools: Pools;
  readonly profile: ApiProfile;
  readonly browsers: BrowserLogins;
  /** Undefined while the database is away at the start. */
  readonly plane: () => ControlPlane | undefined;
  readonly feeds: Feeds;
  readonly screens: Screens;
  readonly follow: Follow;
  /** One read serves all viewers of a batch, for a second or until there is another screen. */
  readonly readScreen: (key: BatchKey) => Promise<Screen>;
}

/** What a request carries through the application. */
export interface Env {
  Bindings: Connection;
  Variables: { actor: Actor; requestId: string; sent?: object };
}

export interface Call<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  /** A session that acts as the caller's role, for this request. */
  readonly client: pg.PoolClient;
  readonly actor: Actor;
  readonly service: Service;
  readonly request: Request;
}

/** What a route answers: JSON of its response schema, at once or page by page, or events. */
export interface Answer {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  /** Instead of a body: Server-Sent Events, where there is a place for the caller. */
  readonly events?: Events;
  /** Instead of a body: the elements of an array of any length, read in a session of their own. */
  readonly pages?: (client: pg.PoolClient) => AsyncGenerator<readonly unknown[]>;
}

/** One way in, declared once: requests are checked by it, the document is made from it. */
export interface Route {
  readonly method: 'get' | 'post';
  /** In the form of OpenAPI: /batches/{batch}. */
  readonly path: string;
  readonly summary: string;
  /** The least role that may call it; the database has the last word. */
  readonly role: AccessRole;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodObject;
  /** Takes the body as it comes, of any size. */
  readonly streamed?: boolean;
  /** May answer with a stream, or an array of any length. */
  readonly live?: boolean;
  /** Answers with Server-Sent Events where the caller accepts them. */
  readonly hasEvents?: boolean;
  readonly headers?: readonly { readonly name: string; readonly description: string }[];
  readonly status: number;
  readonly response: z.ZodType;
  readonly handle: (call: Call<never, never, never>) => Promise<Answer>;
}

/** Whether a caller asks for events rather than for what there is. */
export const wantsEvents = (request: Request): boolean => (request.headers.get('accept') ?? '').includes('text/event-stream');

type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : Record<string, never>;

/** Checks a route's types where it is written. */
export function route<
  Params extends z.ZodObject | undefined = undefined, Query extends z.ZodObject | undefined = undefined,
  Body extends z.ZodObject | undefined = undefined,
>(
  declared: Omit<Route, 'params' | 'query' | 'body' | 'handle'> & {
    readonly params?: Params; readonly query?: Query; readonly body?: Body;
    readonly handle: (call: Call<Parsed<Params>, Parsed<Query>, Parsed<Body>>) => Promise<Answer>;
  },
): Route {
  return declared;
}
