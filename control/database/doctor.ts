import { z } from 'zod';
import { bigint, type Queryable, rows, value } from './query.ts';

const severities = ['error', 'warning', 'note', 'ok'] as const;

export const finding = z.object({
  severity: z.enum(severities), subject: z.string(), finding: z.string(), query: z.string(), fix: z.string(),
});
export type Finding = z.output<typeof finding>;

/** What month_end.diagnose can't see by SQL; what is left out is reported as not known. */
export interface Facts {
  readonly memory_bytes?: number | undefined;
  readonly cores?: number | undefined;
  readonly free_bytes?: number | undefined;
  readonly transactions?: number | undefined;
  readonly pooler?: 'none' | 'session' | 'transaction';
  readonly clock_ahead_ms?: number;
  readonly outdated_files?: readonly string[];
}

/** What is found about server, installation, room and batches, the worst first. */
export function diagnose(client: Queryable, facts: Facts): Promise<Finding[]> {
  return rows(
    client, finding, 'select severity, subject, finding, query, fix from month_end.diagnose($1)', [JSON.stringify(facts)],
  );
}

export const recommended = z.object({ name: z.string(), value: z.string(), basis: z.string(), is_option: z.boolean() });
export type Recommended = z.output<typeof recommended>;

interface Machine {
  readonly memoryBytes: number;
  readonly cores: number;
  readonly disk: 'ssd' | 'hdd';
  readonly transactions: number;
}

/** Settings for a machine and a volume; then, as options, what this server's build offers. */
export function recommendSettings(client: Queryable, machine: Machine): Promise<Recommended[]> {
  return rows(
    client, recommended,
    `select name, value, basis, rule = 'choice' as is_option from month_end.recommended_settings($1, $2, $3, $4)
     union all select name, value, basis, true from month_end.build_options()`,
    [machine.memoryBytes, machine.cores, machine.disk, machine.transactions],
  );
}

const seen = z.object({ memory_bytes: z.number().nullable(), cores: z.number().nullable() });

/** Memory and cores of the database's machine, where its owner may read them there. */
export function readMachine(client: Queryable): Promise<z.output<typeof seen> | null> {
  return value(client, seen.nullable(), 'select month_end.read_machine() as value');
}

/** Version of the server, as it tells it. */
export function serverVersion(client: Queryable): Promise<string> {
  return value(client, z.string(), `select current_setting('server_version') as value`);
}

/** Milliseconds that this process's clock is ahead of the database's; half a round trip is taken off. */
export async function clockAhead(client: Queryable): Promise<number> {
  const before = Date.now();
  const there = await value(
    client, bigint, 'select round(extract(epoch from clock_timestamp()) * 1000)::bigint as value',
  );
  return Math.round((before + Date.now()) / 2 - Number(there));
}

/** The server's process that serves this session now. */
export function backendPid(client: Queryable): Promise<number> {
  return value(client, z.number(), 'select pg_backend_pid() as value');
}
