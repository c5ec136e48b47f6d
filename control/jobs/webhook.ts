import { createHmac, randomBytes } from 'node:crypto';

// Signed as standardwebhooks.com says, so that receivers can check by a library of theirs.

const prefix = 'whsec_';

/** A new secret, for sender and receiver. */
export const makeSecret = (): string => prefix + randomBytes(32).toString('base64');

/** The headers that tell a receiver who has sent a body, and when: an old one can't be sent again. */
export function sign(secret: string, id: string, seconds: number, body: string): Record<string, string> {
  const key = Buffer.from(secret.slice(prefix.length), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': `v1,${signature}` };
}
