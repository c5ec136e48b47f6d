import pg from 'pg';

/** The groups that may operate closes, and answer for callers of the API; what they may do is granted by `install`. */
const serviceRoles = ['monthend_operator', 'monthend_service'];

/**
 * Makes the database and the service's login on a new server; changes nothing on one that has them,
 * except the password, which is put back to the recorded one. The service is no superuser and can
 * make no roles: what is posted must be safe from the service itself.
 */
export async function bootstrap(
  superuserUrl: (database: string) => string,
  service: { user: string; password: string },
  database: string,
): Promise<void> {
  const client = new pg.Client({
    connectionString: superuserUrl('postgres'),
    application_name: 'monthend bootstrap',
  });
  await client.connect();
  try {
    const login = client.escapeIdentifier(service.user);
    const isThere = async (catalog: 'pg_roles' | 'pg_database', name: string): Promise<boolean> => {
      const column = catalog === 'pg_roles' ? 'rolname' : 'datname';
      const found = await client.query(`select from pg_catalog.${catalog} where ${column} = $1`, [name]);
      return found.rowCount === 1;
    };
    for (const role of serviceRoles) if (!(await isThere('pg_roles', role))) await client.query(`create role ${role} nologin`);
    const rights = 'login nosuperuser nocreatedb nocreaterole noreplication nobypassrls';
    const verb = (await isThere('pg_roles', service.user)) ? 'alter' : 'create';
    await client.query(
      `${verb} role ${login} ${rights} password ${client.escapeLiteral(service.password)}`,
    );
    await client.query(`grant ${serviceRoles.join(', ')} to ${login}`);
    if (!(await isThere('pg_database', database))) {
      await client.query(`create database ${client.escapeIdentifier(database)}`);
    }
    await client.query(
      `revoke connect, temporary on database ${client.escapeIdentifier(database)} from public`,
    );
    await client.query(`grant connect, temporary on database ${client.escapeIdentifier(database)} to ${login}`);
  } finally {
    await client.end();
  }
}
