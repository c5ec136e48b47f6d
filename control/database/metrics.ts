import { z } from 'zod';
import { noteReading } from './monitoring.ts';
import { type Queryable, rows } from './query.ts';

const metric = z.object({ name: z.string(), labels: z.record(z.string(), z.string()), value: z.number() });
export type DatabaseMetric = z.output<typeof metric>;

/** month_end.metrics: a row a series, of one snapshot; buckets of a histogram in their order. */
export async function readMetrics(client: Queryable): Promise<DatabaseMetric[]> {
  const startedAt = performance.now();
  const found = await rows(
    client, metric,
    `select name, labels, value from month_end.metrics
      order by name, labels->>'ledger', (labels->>'le')::double precision, labels`,
  );
  noteReading(performance.now() - startedAt);
  return found;
}
