import { randomBytes } from 'node:crypto';
import { type AccessRole, hashKey } from '../../control/access.ts';
import type { Actor, ValidKey } from '../../control/database/access.ts';
import type { TokenHolder } from './oidc.ts';
import type { BrowserLogins } from './browser-logins.ts';
import { problemOf, Refusal } from '../http/problem.ts';
import type { Route } from '../routes/route.ts';

/** The browser of whoever started the service on his own machine, let in once by a link, as Jupyter does. */
export interface LocalLogin {
  /** The token for the link; good for one use. */
  readonly token: string;
  /** A cookie for a token, or undefined where it is not the token or was used. */
  readonly redeem: (token: string) => string | undefined;
}

/** Makes the token. */
export function createLocalLogin(browsers: BrowserLogins): LocalLogin {
  const token = randomBytes(24).toString('base64url');
  let isUsed = false;
  return {
    token,
    redeem: (given) => {
      // compared by hash, so that the time it takes tells nothing of the token
      if (isUsed || !hashKey(given).equals(hashKey(token))) return undefined;
      isUsed = true;
      return browsers.open({});
    },
  };
}

/** Who sent a request, from an address. Throws a Refusal that names the next step. */
export type Authenticate = (request: Request, address: string) => Promise<Actor>;

/** What lets in: keys, tokens where an issuer is set, and logins of browsers. */
interface WaysIn {
  readonly findKey: (hash: Buffer) => Promise<ValidKey | undefined>;
  readonly checkToken?: ((token: string) => Promise<TokenHolder>) | undefined;
  readonly browsers: BrowserLogins;
}

const recheckEveryMs = 5_000;

const isToken = (text: string): boolean => text.split('.').length === 3;

/** The key or token that a request carries. */
export const bearerOf = (request: Request): string | undefined =>
  /^Bearer ([\w.~+/=-]{1,8000})$/i.exec(request.headers.get('authorization') ?? '')?.[1];

/** Asks what lets in, in turn: a key or token in the header, else the cookie of a login. */
export function createAuthenticate({ findKey, checkToken, browsers }: WaysIn): Authenticate {
  const holderOf = async (hash: Buffer | undefined, address: string): Promise<Actor> => {
    const found = hash === undefined ? undefined : await findKey(hash);
    if (found !== undefined) return { name: `key ${found.key_id} (${found.name})`, role: found.role, address };
    throw new Refusal('unauthenticated', {
      title: 'This key is not valid.', nextStep: 'It is unknown, expired or revoked; make one: ./monthend key create',
    });
  };
  return async (request, address) => {
    if (request.headers.has('authorization')) {
      const sent = bearerOf(request);
      if (sent !== undefined && checkToken !== undefined && isToken(sent)) return { ...(await checkToken(sent)), address };
      return holderOf(sent === undefined ? undefined : hashKey(sent), address);
    }
    const login = browsers.find(request.headers.get('cookie'));
    if (login === undefined) throw new Refusal('unauthenticated');
    assertOwnPage(request);
    return login.keyHash === undefined ? { name: 'local browser', role: 'operator', address } : holderOf(login.keyHash, address);
  };
}

/**
 * Whether a caller is still let in as who he was, asked at most once in some seconds for all that is sent with one
 * key. As long as nobody can tell, he is.
 */
export function createRecheck(authenticate: Authenticate): (request: Request, actor: Actor) => Promise<boolean> {
  const asked = new Map<string, { readonly at: number; readonly isLetIn: Promise<boolean> }>();
  return (request, actor) => {
    const carried = hashKey(`${request.headers.get('authorization') ?? ''} ${request.headers.get('cookie') ?? ''}`).toString('hex');
    for (const [other, { at }] of asked) if (Date.now() - at >= recheckEveryMs) asked.delete(other);
    const known = asked.get(carried)?.isLetIn;
    const isLetIn = known ?? authenticate(request, actor.address).then(
      ({ name, role }) => name === actor.name && role === actor.role, (error: unknown) => problemOf(error).status >= 500);
    if (known === undefined) asked.set(carried, { at: Date.now(), isLetIn });
    return isLetIn;
  };
}

/** A cookie comes with whatever a page sends: only our own may change something. */
function assertOwnPage(request: Request): void {
  if (request.method === 'GET' || request.method === 'HEAD') return;
  const origin = request.headers.get('origin');
  // the host alone: something in front may speak TLS where we don't
  if (origin !== null && URL.canParse(origin) && new URL(origin).host === request.headers.get('host')) return;
  throw new Refusal('foreign-page');
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
