import { z } from 'zod';
import { type Queryable, row } from './query.ts';

/** Whether the server answers in this session, or in one of this pool. */
export const isAnswering = (client: Queryable): Promise<boolean> => client.query('').then(() => true, () => false);

const facts = z.object({ version: z.string(), started_at: z.string(), database_bytes: z.string() });

/** Version, start and size, as the server tells them. */
export function readServer(client: Queryable): Promise<z.output<typeof facts>> {
  return row(client, facts, `
    select current_setting('server_version') as version,
           to_char(pg_postmaster_start_time() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as started_at,
           pg_database_size(current_database())::text as database_bytes`);
}
