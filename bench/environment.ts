import { cpus, loadavg } from 'node:os';
import type pg from 'pg';
import { hostFacts } from '../control/server/index.ts';

/** What the figures stand on. Cores and memory are this machine's; a server elsewhere has its own. */
export interface Environment {
  readonly server: string;
  readonly postgresql: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly cores: number;
  readonly processor: string;
  readonly memory_bytes: number;
  readonly node: string;
  /** Load of the machine before the first round: over a core's worth, others are at work. */
  readonly load_average: number;
}

/** What figures were measured on: the machine, the server and its settings. */
export async function readEnvironment(session: pg.Client, server: string): Promise<Environment> {
  const version = await session.query<{ server_version: string }>('show server_version');
  // what files, command line or the database have set; names and places tell nothing
  const settings = await session.query<{ name: string; value: string }>(`
    select s.name, current_setting(s.name) as value
      from pg_catalog.pg_settings s
     where s.setting is distinct from s.boot_val
       and s.source in ('configuration file', 'command line', 'environment variable', 'global', 'database', 'user')
       and s.category !~ '^(Reporting and Logging|File Locations|Client Connection Defaults / Locale|Connections)'
     order by s.name`);
  const { cores, memoryBytes } = hostFacts('/');
  return {
    server, postgresql: version.rows[0]?.server_version ?? '',
    settings: Object.fromEntries(settings.rows.map(({ name, value }) => [name, value])),
    cores, processor: cpus()[0]?.model ?? '', memory_bytes: memoryBytes, node: process.version,
    load_average: loadavg()[0] ?? 0,
  };
}
