import { createHmac, createPublicKey, type JsonWebKey } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, useApi } from '../../support/api.ts';
import { endCommands, until } from '../../support/cli.ts';
import { rowsOf } from '../../support/close.ts';
import { audience, type Issuer, startIssuer, unsigned } from '../../support/issuer.ts';
import { insertMonth } from '../../support/transactions.ts';

afterAll(endCommands);

let issuer: Issuer;
beforeAll(async () => { issuer = await startIssuer(); });
afterAll(() => issuer.stop());

const env = (): NodeJS.ProcessEnv => ({ MONTHEND_OIDC_ISSUER: issuer.url, MONTHEND_OIDC_AUDIENCE: audience });
const now = (): number => Math.floor(Date.now() / 1000);

describe('tokens of an issuer', () => {
  const api = useApi({ env });
  const periods = (key: string): Promise<Answer> => api.call('GET', '/api/v1/periods', { key });
  const refusals = async (): Promise<unknown[][]> => rowsOf(api.owner, `select count(*) from month_end.audit_log
    where actor = 'unknown' and outcome = 'REFUSED' and detail->>'type' = '/problems/unauthenticated'`);

  test('a token lets in, and its subject is who has changed something', async () => {
    await insertMonth(api.owner, { period: '2003-01', premiums: 20 });
    expect(await periods(await issuer.token({ sub: 'reader', roles: ['other', 'monthend_viewer'] }))).toMatchObject({ status: 200 });
    const key = await issuer.token({ sub: 'jane@example.com' });
    expect(await api.call('POST', '/api/v1/batches', { key, body: { period: '2003-01', dry_run: true } })).toMatchObject({ status: 202 });
    expect(await rowsOf(api.owner, `select actor from month_end.audit_log where action = 'batch' order by audit_id limit 1`))
      .toEqual([['token jane@example.com']]);
  });

  test('keys go on beside them', async () => {
    expect(await periods(api.keys.viewer)).toMatchObject({ status: 200 });
  });

  test('a role is what the claim says, of several the greatest', async () => {
    const open = async (roles: unknown): Promise<Answer> =>
      api.call('POST', '/api/v1/batches', { key: await issuer.token({ roles }), body: { period: '2003-13' } });
    expect(await open(['monthend_viewer'])).toMatchObject({ status: 403, body: { type: '/problems/role' } });
    expect(await open(['monthend_viewer', 'monthend_operator'])).toMatchObject({ status: 400 });
    expect(await open('monthend_operator')).toMatchObject({ status: 400 });
    for (const roles of [null, [], 'operator', { monthend_operator: true }, [['monthend_operator']], ['constructor']]) {
      expect(await open(roles), JSON.stringify(roles)).toMatchObject({ status: 403, body: { type: '/problems/role', title: 'The token names no role here.' } });
    }
    // the login of this service may not take that role
    expect(await periods(await issuer.token({ roles: ['monthend_viewer', 'monthend_admin'] }))).toMatchObject({ status: 403, body: { type: '/problems/42501' } });
  });

  const forged: readonly (readonly [string, () => Promise<string> | string])[] = [
    ['nobody signed', () => unsigned({ iss: issuer.url, aud: audience, sub: 'x', exp: now() + 600, roles: ['monthend_admin'] })],
    ['says "None"', () => unsigned({ iss: issuer.url, aud: audience, sub: 'x', exp: now() + 600, roles: ['monthend_admin'] }, 'None')],
    ['is signed by the public key as a secret', () => {
      const input = unsigned({ iss: issuer.url, aud: audience, sub: 'x', exp: now() + 600, roles: ['monthend_operator'] }, 'HS256').slice(0, -1);
      const pem = createPublicKey({ key: JSON.parse(issuer.publicKey()) as JsonWebKey, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
      return `${input}.${createHmac('sha256', pem).update(input).digest('base64url')}`;
    }],
    ['is of another algorithm', () => issuer.token({}, { alg: 'RS512' })],
    ['is for somebody else', () => issuer.token({ aud: 'other' })],
    ['is of another issuer', () => issuer.token({ iss: 'https://evil.example' })],
    ['has expired', () => issuer.token({ exp: now() - 60 })],
    ['never expires', () => issuer.token({ exp: null })],
    ['is not valid yet', () => issuer.token({ nbf: now() + 600 })],
    ['has no subject', () => issuer.token({ sub: null })],
    ['has a subject that is no text to store', () => issuer.token({ sub: 'a\u0000b' })],
    ['was changed', async () => (await issuer.token()).replace(/\.[^.]+\./, `.${Buffer.from('{"sub":"x"}').toString('base64url')}.`)],
    ['names a key that is not there', () => issuer.token({}, { kid: 'other' })],
    ['is no token', () => 'a.b.c'],
  ];
  test.each(forged)('a token that %s is refused, and that is kept', async (_what, make) => {
    const [[before] = []] = await refusals();
    const answer = await periods(await make());
    expect(answer).toMatchObject({ status: 401, body: { type: '/problems/unauthenticated', title: 'This token is not valid.' } });
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(await refusals()).toEqual([[String(Number(before) + 1)]]);
  });

  test('keys are rotated: the new one is found, the old one ends', async () => {
    const old = await issuer.token();
    await issuer.rotate();
    const fresh = await issuer.token();
    await until('the new key is known', async () => ((await periods(fresh)).status === 200 ? true : undefined));
    expect(await periods(old)).toMatchObject({ status: 401 });
  });

  test('while the issuer is away, keys that are known go on', async () => {
    issuer.setAway(true);
    expect(await periods(await issuer.token())).toMatchObject({ status: 200 });
    const forged = await issuer.token({}, { kid: 'unknown' });
    await until('the issuer is asked for a key that nobody knows', async () => ((await periods(forged)).status === 503 ? true : undefined));
    expect(await periods(await issuer.token())).toMatchObject({ status: 200 });
    issuer.setAway(false);
  });
});

describe('an issuer that is away from the start', () => {
  beforeAll(() => { issuer.setAway(true); });
  const api = useApi({ env: () => ({ ...env(), MONTHEND_OIDC_ROLE_CLAIM: 'realm_access.roles', MONTHEND_OIDC_ROLES: 'lead=operator, staff=viewer' }) });

  test('is told, and asked again', async () => {
    const key = await issuer.token({ realm_access: { roles: ['staff'] } });
    const answer = await api.call('GET', '/api/v1/periods', { key });
    expect(answer).toMatchObject({ status: 503, body: { type: '/problems/issuer-away', next_step: expect.stringMatching(/monthend key create/) as string } });
    expect(answer.headers.get('retry-after')).toBe('5');
    expect(await api.call('GET', '/api/v1/periods', { key: api.keys.viewer })).toMatchObject({ status: 200 });
    issuer.setAway(false);
    expect(await api.call('GET', '/api/v1/periods', { key })).toMatchObject({ status: 200 });
  });

  test('a claim within a claim, and names of the company for the roles', async () => {
    const open = async (roles: string[]): Promise<number> =>
      (await api.call('POST', '/api/v1/batches', { key: await issuer.token({ realm_access: { roles } }), body: {} })).status;
    expect(await open(['staff'])).toBe(403);
    expect(await open(['staff', 'lead'])).toBe(400);
    expect(await open(['monthend_operator'])).toBe(403);
  });
});
