import type pg from 'pg';
import { beforeAll, expect } from 'vitest';
import { accessRole, type AccessRole, hashKey, makeKey } from '../../control/access.ts';
import { type Running, start, until } from './cli.ts';
import { useDatabase } from './database.ts';

export interface Answer { readonly status: number; readonly headers: Headers; readonly body: Record<string, unknown> }

interface ApiOptions {
  /** The login of the service; that of the admin may take every role. */
  readonly login?: 'service' | 'admin';
  /** Its variables, once the file's other set-up is done. */
  readonly env?: () => NodeJS.ProcessEnv;
}

/** Texts and bytes go as they are, all else as JSON. */
const bodyOf = (body: unknown): string | Uint8Array<ArrayBuffer> =>
  (typeof body === 'string' ? body : body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body));

/** The service as a process of its own on a free port, with a key of each role that its login may take. */
export function useApi({ login = 'service', env }: ApiOptions = {}) {
  const database = useDatabase();
  const roles: readonly AccessRole[] = login === 'admin' ? accessRole.options : ['viewer', 'operator'];
  const api = {
    database, url: '', login: '', service: undefined as unknown as Running, owner: undefined as unknown as pg.Client,
    keys: Object.fromEntries(accessRole.options.map((role) => [role, makeKey()])) as Record<AccessRole, string>,
    call: async (method: string, path: string, options: { key?: string; body?: unknown; headers?: Record<string, string> } = {}): Promise<Answer> => {
      const response = await fetch(api.url + path, {
        method, headers: { authorization: `Bearer ${options.key ?? api.keys.operator}`, ...options.headers },
        ...(options.body !== undefined && { body: bodyOf(options.body) }),
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> };
    },
  };
  beforeAll(async () => {
    api.owner = await database.session('owner');
    const session = await database.session(login);
    for (const role of roles) {
      await session.query(`select month_end.create_api_key($1, $1, $2, now() + interval '1 day')`, [role, hashKey(api.keys[role])]);
    }
    api.service = start(database.urlOf(login), ['serve', '--port', '0', '--sessions', '2'], { env: env?.() ?? {} });
    api.login = await until('the link is printed', () => /http\S+/.exec(api.service.said().stdout)?.[0], { state: () => api.service.said() });
    api.url = new URL(api.login).origin;
    await until('it is ready', async () => ((await fetch(`${api.url}/readyz`)).status === 200 ? true : undefined), { state: () => api.service.said() });
  });
  return api;
}

/** An event as it came. */
export interface Sse { readonly id: string; readonly event: string; readonly data: Record<string, unknown> }

/** Reads Server-Sent Events to the end of the stream, or until `enough` says so. */
export async function followEvents(
  url: string, key: string, lastEventId = '', enough: (all: readonly Sse[]) => boolean = () => false,
): Promise<Sse[]> {
  const response = await fetch(url, { headers: {
    authorization: `Bearer ${key}`, accept: 'text/event-stream', ...(lastEventId !== '' && { 'last-event-id': lastEventId }),
  } });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const all: Sse[] = [];
  const decoder = new TextDecoder();
  let text = '';
  for await (const piece of response.body ?? []) {
    text += decoder.decode(piece as Uint8Array, { stream: true });
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const block = text.slice(0, end);
      text = text.slice(end + 2);
      if (block.startsWith(':')) continue;
      const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
      all.push({ id: field('id'), event: field('event'), data: JSON.parse(field('data')) as Record<string, unknown> });
      if (enough(all)) return all;
    }
  }
  return all;
}
