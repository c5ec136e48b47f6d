import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload } from 'jose';
import { z } from 'zod';
import type { AccessRole } from '../../control/access.ts';
import { isPrivateUrl, type OidcSettings } from '../../control/config.ts';
import { Refusal } from '../http/problem.ts';

/** Who a token is of, as the audit log names him, and his role here. */
export interface TokenHolder {
  readonly name: string;
  readonly role: AccessRole;
}

const withinMs = 5_000;
const leewaySeconds = 30;
// A key that isn't known is looked for at the issuer, but not oftener than this.
const cooldownMs = 5_000;

const description = z.object({ issuer: z.string(), jwks_uri: z.string().refine(isPrivateUrl) });
// What OpenID Connect allows as a subject.
const subject = z.string().regex(/^[\x21-\x7e]{1,255}$/);

// Errors of the token itself; whatever else goes wrong is the issuer's.
const badToken = new Set<string>([
  errors.JWTExpired.code, errors.JWTClaimValidationFailed.code, errors.JWTInvalid.code, errors.JWSInvalid.code,
  errors.JOSEAlgNotAllowed.code, errors.JOSENotSupported.code, errors.JWSSignatureVerificationFailed.code,
  errors.JWKSNoMatchingKey.code, errors.JWKSMultipleMatchingKeys.code,
]);

const refuse = (detail: string, cause?: unknown): Refusal => new Refusal('unauthenticated', {
  title: 'This token is not valid.', detail, nextStep: 'Ask the issuer for a new one.', cause,
});

type Keys = ReturnType<typeof createRemoteJWKSet>;

/** The issuer's keys, by its own description; as it rotates them they are fetched again. */
async function discover(issuer: string): Promise<Keys> {
  const response = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, {
    signal: AbortSignal.timeout(withinMs), redirect: 'error',
  });
  const { issuer: said, jwks_uri: keys } = description.parse(await response.json());
  if (said !== issuer) throw new Error(`The issuer calls itself ${said}, not ${issuer}.`);
  return createRemoteJWKSet(new URL(keys), { timeoutDuration: withinMs, cooldownDuration: cooldownMs });
}

/** The values of a claim; `realm_access.roles` is a claim within a claim. */
function valuesOf(payload: JWTPayload, claim: string): string[] {
  const found = claim.split('.').reduce<unknown>(
    (value, name) => (typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined),
    payload,
  );
  return (Array.isArray(found) ? found : [found]).filter((value) => typeof value === 'string');
}

/** Says who a token is of. Throws a Refusal: 401 for the token, 403 without a role, 503 where the issuer can't be asked. */
export function createTokenCheck(settings: OidcSettings): (token: string) => Promise<TokenHolder> {
  const { issuer, audience, algorithm, roleClaim, roles } = settings;
  let discovered: Promise<Keys> | undefined;
  const verify = async (token: string): Promise<JWTPayload> => {
    let keys: Keys | undefined;
    try {
      discovered ??= discover(issuer);
      keys = await discovered;
      const { payload } = await jwtVerify(token, keys, {
        issuer, audience, algorithms: [algorithm], requiredClaims: ['exp', 'sub'], clockTolerance: leewaySeconds,
      });
      return payload;
    } catch (error) {
      if (error instanceof errors.JOSEError && badToken.has(error.code)) throw refuse(error.message, error);
      // keys that are fresh stay: who names an unknown one, while the issuer is away, takes none from the others
      if (keys?.fresh !== true) discovered = undefined;
      throw new Refusal('issuer-away', { cause: error, retryAfter: 5 });
    }
  };
  return async (token) => {
    const payload = await verify(token);
    const { data: name } = subject.safeParse(payload.sub);
    if (name === undefined) throw refuse('the subject is empty, too long, or not printable');
    const values = valuesOf(payload, roleClaim);
    const role = roles.find(([value]) => values.includes(value))?.[1];
    if (role === undefined) {
      throw new Refusal('role', { title: 'The token names no role here.', detail: `claim ${roleClaim}`, nextStep: 'Have the issuer put one into it.' });
    }
    return { name: `token ${name}`, role };
  };
}
