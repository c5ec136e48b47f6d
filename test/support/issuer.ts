import { generateKeyPair, type KeyObject } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { SignJWT } from 'jose';

/** An OpenID Connect issuer of the tests' own, on loopback. */
export interface Issuer {
  readonly url: string;
  /** A token signed by the newest key; claims replace the right ones, null leaves one out. */
  readonly token: (claims?: Record<string, unknown>, header?: { readonly alg?: string; readonly kid?: string }) => Promise<string>;
  /** Makes a new key, and keeps only that. */
  readonly rotate: () => Promise<void>;
  /** The public key as an issuer publishes it. */
  readonly publicKey: () => string;
  /** Whether it answers. */
  readonly setAway: (isAway: boolean) => void;
  readonly stop: () => Promise<void>;
}

export const audience = 'monthend-tests';

export async function startIssuer(): Promise<Issuer> {
  let key: { readonly kid: string; readonly privateKey: KeyObject; readonly jwk: object };
  let isAway = false;
  let made = 0;
  const rotate = async (): Promise<void> => {
    const { privateKey, publicKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
    const kid = `key-${++made}`;
    key = { kid, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' } };
  };
  await rotate();
  const server = createServer((request, response) => {
    const answers: Record<string, object> = {
      '/.well-known/openid-configuration': { issuer: url, jwks_uri: `${url}/keys` }, '/keys': { keys: [key.jwk] },
    };
    const json = (status: number, body: object): ServerResponse =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (isAway) json(503, {});
    else json(200, answers[request.url ?? ''] ?? {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url, rotate,
    token: (claims = {}, { alg = 'RS256', kid = key.kid } = {}) => {
      const now = Math.floor(Date.now() / 1000);
      const all = { iss: url, aud: audience, sub: 'somebody', iat: now, exp: now + 600, roles: ['monthend_operator'], ...claims };
      return new SignJWT(Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null)))
        .setProtectedHeader({ alg, kid }).sign(key.privateKey);
    },
    publicKey: () => JSON.stringify(key.jwk),
    setAway: (away) => { isAway = away; },
    stop: () => new Promise((resolve) => { server.close(() => resolve()).closeAllConnections(); }),
  };
}

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token that nobody has signed. */
export const unsigned = (payload: object, alg = 'none'): string => `${part({ alg, typ: 'JWT' })}.${part(payload)}.`;
