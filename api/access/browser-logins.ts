import { randomBytes } from 'node:crypto';
import { hashKey } from '../../control/access.ts';

const cookieName = 'monthend_session';
const loginMs = 12 * 3600_000;

/** What a browser was let in by: a key, looked up again at each request, or the link of this machine. */
interface BrowserLogin {
  readonly keyHash?: Buffer | undefined;
}

/** Logins of browsers by the hash of their cookie, in memory: they end with the process. */
export interface BrowserLogins {
  /** Begins a login; returns its cookie. */
  readonly open: (login: BrowserLogin) => string;
  readonly find: (cookies: string | null) => BrowserLogin | undefined;
  /** Ends the login of a browser; returns a cookie that takes its own away. */
  readonly close: (cookies: string | null) => string;
}

/** `isSecure`: whether the cookie goes over TLS alone, which a loopback address doesn't have. */
export function createBrowserLogins(isSecure: boolean, now: () => number = Date.now): BrowserLogins {
  const logins = new Map<string, BrowserLogin & { readonly endsAt: number }>();
  const digest = (text: string): string => hashKey(text).toString('hex');
  const cookie = (value: string, seconds: number): string =>
    `${cookieName}=${value}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${seconds}${isSecure ? '; Secure' : ''}`;
  const idOf = (cookies: string | null): string => digest(new RegExp(`(?:^|; )${cookieName}=([\\w-]+)`).exec(cookies ?? '')?.[1] ?? '');
  return {
    open: (login) => {
      for (const [id, { endsAt }] of logins) if (endsAt <= now()) logins.delete(id);
      const value = randomBytes(24).toString('base64url');
      logins.set(digest(value), { ...login, endsAt: now() + loginMs });
      return cookie(value, loginMs / 1000);
    },
    find: (cookies) => {
      const found = logins.get(idOf(cookies));
      return found !== undefined && found.endsAt > now() ? found : undefined;
    },
    close: (cookies) => {
      logins.delete(idOf(cookies));
      return cookie('', 0);
    },
  };
}
