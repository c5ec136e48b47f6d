import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { hashKey } from '../control/api-key.ts';
import { type Actor, findApiKey } from '../control/database/access.ts';
import { Refusal } from './problem.ts';

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

/** Who sent a request. Throws a Refusal (401, 403) that names the next step. */
export async function authenticate(
  request: Request, address: string, pool: pg.Pool, local: LocalLogin | undefined,
): Promise<Actor> {
  const header = request.headers.get('authorization');
  if (header !== null) {
    const key = /^Bearer (\S{1,500})$/.exec(header)?.[1];
    const found = key === undefined ? undefined : await findApiKey(pool, hashKey(key));
    if (found === undefined) {
      throw new Refusal(401, 'unauthenticated', 'This key is not valid.', { nextStep: 'It is unknown, expired or revoked; make one: ./monthend key create' });
    }
    return { name: `key ${found.name}`, role: found.role, address };
  }
  if (local?.isLoggedIn(request.headers.get('cookie') ?? undefined) === true) {
    assertOwnPage(request);
    return { name: 'local browser', role: 'operator', address };
  }
  throw new Refusal(401, 'unauthenticated', 'Who are you?', { nextStep: 'Send Authorization: Bearer KEY; ./monthend key create makes one.' });
}

/** A cookie comes with whatever a page sends: only our own may change something. */
function assertOwnPage(request: Request): void {
  if (request.method === 'GET' || request.method === 'HEAD') return;
  const origin = request.headers.get('origin');
  if (origin !== null && origin === new URL(request.url).origin) return;
  throw new Refusal(403, 'foreign-page', 'Another page has sent this.', { nextStep: 'Scripts send a key instead of the cookie.' });
}
