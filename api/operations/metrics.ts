import type pg from 'pg';
import { collectDefaultMetrics, Gauge, Histogram, type Metric, Registry } from 'prom-client';
import { type DatabaseMetric, readMetrics } from '../../control/database/metrics.ts';
import type { ControlPlane } from '../../control/jobs/control-plane.ts';
import { onceASecond } from '../once-a-second.ts';
import type { Pools } from '../pools.ts';

// Every metric that is ours; docs/deployment.md and the rules in deploy/ are tested against it.
const databaseMetrics = {
  monthend_chunk_duration_seconds: ['histogram', 'Time that a chunk took a session, from scope to stored entries.'],
  monthend_chunk_transactions_total: ['counter', 'Transactions of finished chunks, those of cancelled batches included.'],
  monthend_chunk_entries_total: ['counter', 'Entries of finished chunks, those of cancelled batches included.'],
  monthend_chunk_errors_total: ['counter', 'Errors of chunks: retried, or failed, which fails the worker.'],
  monthend_posted_transactions_total: ['counter', 'Transactions of committed batches.'],
  monthend_posted_entries_total: ['counter', 'Entries of committed batches.'],
  monthend_posted_lines_total: ['counter', 'Lines of committed batches.'],
  monthend_rejected_transactions_total: ['counter', 'Transactions that committed batches have rejected.'],
  monthend_batches_ended_total: ['counter', 'Batches that have ended, by how; no dry runs.'],
  monthend_batches_active: ['gauge', 'Batches that have not ended; no dry runs.'],
  monthend_batch_phase: ['gauge', 'Phase of the running batch, 1 to 8.'],
  monthend_batch_progress_ratio: ['gauge', 'How much of the running batch is done, 0 to 1.'],
  monthend_batch_transactions: ['gauge', 'Transactions in the scope of the running batch.'],
  monthend_batch_elapsed_seconds: ['gauge', 'Time since the running batch was opened.'],
  monthend_batch_estimated_seconds: ['gauge', 'Estimated time from the opening of the running batch to its end.'],
  monthend_batch_last_event_timestamp_seconds: ['gauge', 'When the running batch last said something.'],
  monthend_workers: ['gauge', 'Workers of running batches, by status.'],
  monthend_worker_leases_total: ['counter', 'Leases of workers that sessions were given.'],
  monthend_last_close_timestamp_seconds: ['gauge', 'When a month was last closed; no supplements.'],
  monthend_schedule_runs_overdue: ['gauge', 'Scheduled runs that are due and not decided yet.'],
  monthend_schedule_runs_unmet: ['gauge', 'Scheduled runs that were missed or refused while their month is open.'],
  monthend_alerts: ['gauge', 'Open alerts of month_end.alerts.'],
  monthend_server_connections: ['gauge', 'Client connections of the database server.'],
  monthend_server_connections_max: ['gauge', 'Client connections that the database server allows.'],
} as const satisfies Record<string, readonly [type: 'counter' | 'gauge' | 'histogram', help: string]>;

const patienceMs = 5_000;

export interface Metrics {
  /** Everything, in the text format. What the database doesn't tell in time is left out. */
  readonly scrape: () => Promise<string>;
  readonly contentType: string;
  readonly observeRequest: (labels: { method: string; route: string; status: number }, seconds: number) => void;
}

export interface Sources {
  readonly pools: Pools;
  readonly plane: () => ControlPlane | undefined;
  readonly isReady: () => Promise<boolean>;
  readonly onFault: (error: unknown) => void;
}

/** What a task gives; undefined where it fails or takes too long. */
async function unlessLate<Result>(task: () => Promise<Result>, onFault: (error: unknown) => void): Promise<Result | undefined> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), patienceMs);
  try {
    return await Promise.race([task(), late.promise]);
  } catch (error) {
    onFault(error);
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

/** A metric that is read, not counted here: prom-client asks it for its values at each scrape. */
function readFrom(
  name: string, [type, help]: readonly [type: string, help: string], read: () => Promise<DatabaseMetric[] | undefined>,
): Metric {
  const parts = type === 'histogram' ? new Set(['bucket', 'sum', 'count'].map((part) => `${name}_${part}`)) : new Set([name]);
  const get = async (): Promise<object> => ({
    name, help, type, aggregator: 'first',
    values: ((await read()) ?? []).filter((row) => parts.has(row.name))
      .map(({ name: metricName, labels, value }) => ({ metricName, labels, value })),
  });
  return { name, get } as unknown as Metric;
}

/** The metrics of this process and, read when asked for, those of the database. */
export function createMetrics({ pools, plane, isReady, onFault }: Sources): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const database = onceASecond(() => unlessLate(() => readMetrics(pools.reads), onFault));
  for (const [name, what] of Object.entries(databaseMetrics)) registry.registerMetric(readFrom(name, what, database));
  const load = onceASecond(() => unlessLate(async () => plane()?.load(), onFault));

  new Gauge({
    name: 'monthend_ready', help: '1 where database, functions and job system are there.', registers,
    async collect() { this.set((await isReady()) ? 1 : 0); },
  });
  const ofPools = (name: string, help: string, valueOf: (pool: pg.Pool) => number): void => void new Gauge({
    name, help, labelNames: ['pool'], registers,
    collect() { for (const [label, pool] of Object.entries(pools) as [string, pg.Pool][]) this.set({ pool: label }, valueOf(pool)); },
  });
  ofPools('monthend_pool_connections', 'Connections of the API to the database.', (pool) => pool.totalCount);
  ofPools('monthend_pool_connections_idle', 'Those of them that nobody uses now.', (pool) => pool.idleCount);
  ofPools('monthend_pool_connections_max', 'Connections that the API may have.', (pool) => pool.options.max);
  ofPools('monthend_pool_waiting_requests', 'Requests that wait for a connection.', (pool) => pool.waitingCount);
  new Gauge({
    name: 'monthend_sessions', help: 'Database sessions of this process that work on jobs.', registers,
    async collect() { this.set((await load())?.sessions ?? 0); },
  });
  new Gauge({
    name: 'monthend_jobs', help: 'Jobs by queue, of all control planes.', labelNames: ['queue', 'state'], registers,
    async collect() {
      for (const { queue, ready, active } of (await load())?.queues ?? []) {
        this.set({ queue, state: 'ready' }, ready);
        this.set({ queue, state: 'active' }, active);
      }
    },
  });
  const requests = new Histogram({
    name: 'monthend_http_request_duration_seconds', help: 'Time until the answer to a request begins, by route.',
    labelNames: ['method', 'route', 'status'], buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10], registers,
  });
  return { scrape: () => registry.metrics(), contentType: registry.contentType, observeRequest: (labels, seconds) => requests.observe(labels, seconds) };
}
