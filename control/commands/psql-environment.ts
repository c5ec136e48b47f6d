import type pg from 'pg';

/**
 * A connection as variables for psql. The address holds the password, and arguments can be read by
 * every user of the machine.
 */
export function psqlEnvironment(connection: pg.ClientConfig, url: string): Record<string, string> {
  const query = new URLSearchParams(url.split('?')[1] ?? '');
  const password = typeof connection.password === 'string' ? connection.password : undefined;
  const values: Record<string, string | undefined> = {
    PGHOST: connection.host ?? undefined,
    PGPORT: connection.port?.toString(),
    PGUSER: connection.user,
    PGPASSWORD: password,
    PGDATABASE: connection.database,
    PGAPPNAME: connection.application_name,
    PGOPTIONS: connection.options,
    PGSSLMODE: query.get('sslmode') ?? undefined,
    PGSSLROOTCERT: query.get('sslrootcert') ?? undefined,
    PGSSLCERT: query.get('sslcert') ?? undefined,
    PGSSLKEY: query.get('sslkey') ?? undefined,
  };
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => Boolean(entry[1])),
  );
}
