import { randomBytes } from 'node:crypto';
import { hashKey } from '../control/api-key.ts';
import type { AccessRole } from '../control/access-role.ts';
import type { Actor } from '../control/database/access.ts';
import type { TokenHolder } from './oidc.ts';
import { Refusal } from './problem.ts';
import type { Route } from './route.ts';

const cookieName = 'monthend_session';
const sessionMs = 12 * 3600_000;

/** The browser of whoever started the service on his own machine, let in once by a link, as Jupyter does. */
export interface LocalLogin {
  /** The token for the link; good for one use. */
  readonly token: string;
  /** A cookie for a token, or undefined where it is not the token or was used. */
  readonly redeem: (token: string) => string | undefined;
  readonly isLoggedIn: (cookie: string | undefined) => boolean;
}

/** Makes the token; sessions are kept in memory and end with the process. */
export function createLocalLogin(now: () => number = Date.now): LocalLogin {
  const token = randomBytes(24).toString('base64url');
  const digest = (text: string): string => hashKey(text).toString('hex');
  const sessions = new Map<string, number>();
  let isUsed = false;
  return {
    token,
    redeem: (given) => {
      // compared by hash, so that the time it takes tells nothing of the token
      if (isUsed || digest(given) !== digest(token)) return undefined;
      isUsed = true;
      const session = randomBytes(24).toString('base64url');
      sessions.set(digest(session), now() + sessionMs);
      return `${cookieName}=${session}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${sessionMs / 1000}`;
    },
    isLoggedIn: (cookie) => {
      const session = new RegExp(`(?:^|; )${cookieName}=([\\w-]+)`).exec(cookie ?? '')?.[1];
      return session !== undefined && (sessions.get(digest(session)) ?? 0) > now();
    },
  };
}

/** Who sent a request, from an address. Throws a Refusal that names the next step. */
export type Authenticate = (request: Request, address: string) => Promise<Actor>;

/** What lets in: keys, tokens where an issuer is set, and the browser of this machine where there is a link. */
export interface WaysIn {
  readonly findKey: (hash: Buffer) => Promise<{ readonly name: string; readonly role: AccessRole } | undefined>;
  readonly checkToken?: ((token: string) => Promise<TokenHolder>) | undefined;
  readonly local?: LocalLogin | undefined;
}

const bearer = /^Bearer ([\w.~+/=-]{1,8000})$/i;
const isToken = (text: string): boolean => text.split('.').length === 3;

export function createAuthenticate({ findKey, checkToken, local }: WaysIn): Authenticate {
  return async (request, address) => {
    const header = request.headers.get('authorization');
    if (header !== null) {
      const sent = bearer.exec(header)?.[1];
      if (sent !== undefined && checkToken !== undefined && isToken(sent)) return { ...(await checkToken(sent)), address };
      const found = sent === undefined ? undefined : await findKey(hashKey(sent));
      if (found !== undefined) return { name: `key ${found.name}`, role: found.role, address };
      throw new Refusal('unauthenticated', {
        title: 'This key is not valid.', nextStep: 'It is unknown, expired or revoked; make one: ./monthend key create',
      });
    }
    if (local?.isLoggedIn(request.headers.get('cookie') ?? undefined) !== true) throw new Refusal('unauthenticated');
    assertOwnPage(request);
    return { name: 'local browser', role: 'operator', address };
  };
}

/** A cookie comes with whatever a page sends: only our own may change something. */
function assertOwnPage(request: Request): void {
  if (request.method === 'GET' || request.method === 'HEAD') return;
  const origin = request.headers.get('origin');
  if (origin === null || origin !== new URL(request.url).origin) throw new Refusal('foreign-page');
}

/** Which routes a role may call, by the least role that they name; as in the database. */
const includes: Record<AccessRole, readonly AccessRole[]> = {
  viewer: ['viewer'], auditor: ['viewer', 'auditor'], operator: ['viewer', 'auditor', 'operator'],
  approver: ['viewer', 'auditor', 'approver'], admin: ['viewer', 'auditor', 'operator', 'approver', 'admin'],
};

/** Throws a Refusal (403) where the caller's role may not call a route. */
export function assertRole(route: Pick<Route, 'role'>, actor: Actor): void {
  if (includes[actor.role].includes(route.role)) return;
  throw new Refusal('role', { title: `This takes the role ${route.role}.`, detail: `The caller has the role ${actor.role}.` });
}
