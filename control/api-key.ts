import { createHash, randomBytes } from 'node:crypto';

/** A new key of the API: 256 bits, with a beginning by which leaked ones are found. */
export const makeKey = (): string => `mek_${randomBytes(32).toString('base64url')}`;

/** What a key is stored and found by. */
export const hashKey = (key: string): Buffer => createHash('sha256').update(key).digest();
