import { randomBytes } from 'node:crypto';
import { hashKey } from '../control/api-key.ts';

const cookieName = 'monthend_session';
const sessionMs = 12 * 3600_000;

/** What a browser was let in by: a key, looked up again at each request, or the link of this machine. */
export interface BrowserSession {
  readonly keyHash?: Buffer | undefined;
}

/** Sessions of browsers by the hash of their cookie, in memory: they end with the process. */
export interface BrowserSessions {
  /** Begins a session; returns its cookie. */
  readonly open: (session: BrowserSession) => string;
  readonly find: (cookies: string | null) => BrowserSession | undefined;
  /** Ends the session of a browser; returns a cookie that takes its own away. */
  readonly close: (cookies: string | null) => string;
}

/** `isSecure`: whether the cookie goes over TLS alone, which a loopback address doesn't have. */
export function createBrowserSessions(isSecure: boolean, now: () => number = Date.now): BrowserSessions {
  const sessions = new Map<string, BrowserSession & { readonly endsAt: number }>();
  const digest = (text: string): string => hashKey(text).toString('hex');
  const cookie = (value: string, seconds: number): string =>
    `${cookieName}=${value}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${seconds}${isSecure ? '; Secure' : ''}`;
  const idOf = (cookies: string | null): string => digest(new RegExp(`(?:^|; )${cookieName}=([\\w-]+)`).exec(cookies ?? '')?.[1] ?? '');
  return {
    open: (session) => {
      for (const [id, { endsAt }] of sessions) if (endsAt <= now()) sessions.delete(id);
      const value = randomBytes(24).toString('base64url');
      sessions.set(digest(value), { ...session, endsAt: now() + sessionMs });
      return cookie(value, sessionMs / 1000);
    },
    find: (cookies) => {
      const found = sessions.get(idOf(cookies));
      return found !== undefined && found.endsAt > now() ? found : undefined;
    },
    close: (cookies) => {
      sessions.delete(idOf(cookies));
      return cookie('', 0);
    },
  };
}
