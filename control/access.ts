import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';

/** What somebody may do; each is the database's role monthend_<name>. */
export const accessRole = z.enum(['viewer', 'auditor', 'operator', 'approver', 'admin']);
export type AccessRole = z.output<typeof accessRole>;

/** A new key of the API: 256 bits, with a beginning by which leaked ones are found. */
export const makeKey = (): string => `mek_${randomBytes(32).toString('base64url')}`;

/** What a key is stored and found by. */
export const hashKey = (key: string): Buffer => createHash('sha256').update(key).digest();
