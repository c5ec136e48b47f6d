import { z } from 'zod';
import { type AccessRole, accessRole } from '../access.ts';
import { type Queryable, rows, value } from './query.ts';

/** Who asks, as the audit log names him, and from where. */
export interface Actor {
  readonly name: string;
  readonly role: AccessRole;
  readonly address: string;
}

const key = z.object({
  key_id: z.number(), name: z.string(), role: accessRole, created_at: z.date(), created_by: z.string(),
  expires_at: z.date(), revoked_at: z.date().nullable(), last_used_at: z.date().nullable(),
});
type ApiKey = z.output<typeof key>;

/** month_end.create_api_key: a key by its SHA-256; M2004 for a role that the login may not take. */
export function createApiKey(
  client: Queryable, name: string, role: AccessRole, hash: Buffer, expiresAt: Date,
): Promise<number> {
  return value(
    client, z.number(), 'select month_end.create_api_key($1, $2, $3, $4) as value', [name, role, hash, expiresAt],
  );
}

/** month_end.revoke_api_key; M2004 where there is no such key. */
export async function revokeApiKey(client: Queryable, keyId: number): Promise<void> {
  await client.query('select month_end.revoke_api_key($1)', [keyId]);
}

/** All keys, the newest first, without their hashes. */
export function listApiKeys(client: Queryable): Promise<ApiKey[]> {
  return rows(client, key, `select ${Object.keys(key.shape).join(', ')} from month_end.api_key order by key_id desc`);
}

const validKey = z.object({ key_id: z.number(), name: z.string(), role: accessRole });
export type ValidKey = z.output<typeof validKey>;

/** A key that is valid now. */
export async function findApiKey(client: Queryable, hash: Buffer): Promise<ValidKey | undefined> {
  const [found] = await rows(client, validKey, 'select key_id, name, role from month_end.find_api_key($1)', [hash]);
  return found;
}

/** Makes a session act for somebody: the role decides what is allowed, the name is what audit_log keeps. */
export async function actAs(client: Queryable, actor: Actor): Promise<void> {
  await client.query(
    `select set_config('role', $1, false), set_config('monthend.actor', $2, false),
            set_config('monthend.address', $3, false)`,
    [`monthend_${actor.role}`, actor.name, actor.address],
  );
}

/** Makes a session the service's own again. */
export async function actAsService(client: Queryable): Promise<void> {
  await client.query('reset role; reset monthend.actor; reset monthend.address');
}

/** month_end.record_request, for a login of the service: who asked what, and how it ended; the detail is JSON. */
export async function recordRequest(
  client: Queryable, { name, address }: Actor, object: string, outcome: string, detail?: string,
): Promise<void> {
  await client.query('select month_end.record_request($1, $2, $3, $4, $5)', [name, address, object, outcome, detail ?? null]);
}

const registeredError = z.object({ sqlstate: z.string(), name: z.string(), message: z.string(), hint: z.string().nullable() });

/** month_end.error_registry: every error that an operator can meet. */
export function listErrors(client: Queryable): Promise<z.output<typeof registeredError>[]> {
  return rows(client, registeredError, 'select sqlstate, name, message, hint from month_end.error_registry()');
}

/** month_end.begin_request, in a transaction that acts for the caller: the answer given before, or null. M2008 for another body. */
export function beginRequest(client: Queryable, requestId: string, bodyHash: Buffer): Promise<unknown> {
  return value(client, z.unknown(), 'select month_end.begin_request($1, $2) as value', [requestId, bodyHash]);
}

/** month_end.end_request, in the same transaction. */
export async function endRequest(client: Queryable, requestId: string, response: object): Promise<void> {
  await client.query('select month_end.end_request($1, $2)', [requestId, JSON.stringify(response)]);
}
