import { z } from 'zod';
import { type Queryable, rows } from './query.ts';

const metric = z.object({ name: z.string(), labels: z.record(z.string(), z.string()), value: z.number() });
export type DatabaseMetric = z.output<typeof metric>;

/** month_end.metrics: a row a series, of one snapshot; buckets of a histogram in their order. */
export function readMetrics(client: Queryable): Promise<DatabaseMetric[]> {
  return rows(
    client, metric,
    `select name, labels, value from month_end.metrics
      order by name, labels->>'ledger', (labels->>'le')::double precision, labels`,
  );
}
