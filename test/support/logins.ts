import { randomBytes } from 'node:crypto';
import type pg from 'pg';

/** The logins of a run: what each is for, and the groups that give it its rights. */
export const roles = [
  { name: 'service', groups: ['monthend_operator', 'monthend_service'] },
  { name: 'viewer', groups: ['monthend_viewer'] },
  { name: 'operator', groups: ['monthend_operator'] },
  { name: 'auditor', groups: ['monthend_auditor'] },
  { name: 'approver', groups: ['monthend_approver'] },
  { name: 'admin', groups: ['monthend_admin', 'monthend_service'] },
] as const;

export type LoginName = (typeof roles)[number]['name'];

/** The same address with another database, and another login if given. */
export function withDatabase(
  url: string,
  database: string,
  login?: { user: string; password: string },
): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  if (login) {
    changed.username = login.user;
    changed.password = login.password;
  }
  return changed.href;
}

/** Makes the logins of a run; none is a superuser or may make roles or databases. */
export async function makeLogins(
  admin: pg.Client,
  adminUrl: string,
  run: string,
): Promise<Record<string, string>> {
  const urls: Record<string, string> = {};
  for (const { name, groups } of roles) {
    const login = { user: `mt_${run}_${name}`, password: randomBytes(18).toString('base64url') };
    await admin.query(
      `create role ${login.user} login nosuperuser nocreatedb nocreaterole ` +
        `password ${admin.escapeLiteral(login.password)} in role ${groups.join(', ')}`,
    );
    urls[name] = withDatabase(adminUrl, 'postgres', login);
  }
  return urls;
}
