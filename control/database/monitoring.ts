import { z } from 'zod';
import type { BatchKey } from './batch.ts';
import { type Queryable, rows, value } from './query.ts';

// The screen of a batch, as month_end.screen gives it: numbers as numbers, times as text. A null is
// not known, or not yet.

const number = z.number().nullable();
const time = z.string().nullable();

export const point = z.object({
  sampled_at: z.string(), elapsed_seconds: z.number(), phase: number, percent: number, processed_count: z.number(),
  transactions_per_second: number,
});

export const alert = z.object({
  alert_id: z.number(), ledger_id: z.number(), batch_id: z.string().nullable(), attempt: number, alert: z.string(),
  severity: z.enum(['WARNING', 'CRITICAL']), value: number, threshold: number, worst_value: number, unit: z.string(),
  detail: z.string().nullable(), meaning: z.string(), command: z.string(), opened_at: z.string(), cleared_at: time, is_open: z.boolean(),
});
type Alert = z.output<typeof alert>;

export const screen = z.object({
  batch: z.object({
    batch_no: z.number(), ledger_id: z.number(), batch_id: z.string(), attempt: z.number(), period: z.string(), status: z.string(),
    is_dry_run: z.boolean(), is_running: z.boolean(), phase: number, phase_name: z.string().nullable(), opened_at: z.string(),
    committed_at: time, completed_at: time, opened_by: z.string(), opened_from: z.string(), transaction_count: number,
    processed_count: number, elapsed_seconds: z.number(), percent: number, seconds_left: number, seconds_left_low: number,
    seconds_left_high: number, expected_finish: time, target_minutes: z.number(), next_call: z.string().nullable(),
    wanted_sessions: number, paused_seconds: z.number(), is_paused: z.boolean(),
  }),
  throughput: z.object({
    current_rate: number, average_rate: number, peak_rate: number, target_rate: z.number(), percent_of_target: number,
    entries_per_second: number, processed_count: number,
  }),
  point: point.nullable(),
  phases: z.array(z.object({
    phase: z.number(), name: z.string(), started_at: time, finished_at: time, seconds: number, budget_seconds: z.number(),
    is_running: z.boolean(),
  })),
  workers: z.object({
    counts: z.object({
      total: z.number(), pending: z.number(), running: z.number(), complete: z.number(), slow: z.number(), failed: z.number(),
      average_rate: number, target_rate: z.number(),
    }).nullable(),
    list: z.array(z.object({
      worker_id: z.number(), status: z.string(), percent: number, transaction_count: z.number(), processed_count: z.number(),
      rate: number, is_slow: z.boolean(), quiet_seconds: number, attempts: z.number(), leased_by: z.string().nullable(),
      error_sqlstate: z.string().nullable(), error_message: z.string().nullable(),
    })),
  }),
  latency: z.object({
    chunks: z.number(), p50_ms: number, p95_ms: number, p99_ms: number, max_ms: number, transaction_p95_ms: number,
  }).nullable(),
  database: z.object({
    sampled_at: z.string(), connections: number, max_connections: number, utilisation_percent: number, active_statements: number,
    query_ms: number, longest_query_ms: number, cache_hit_percent: number, waits: z.record(z.string(), z.number()).nullable(),
    wal_bytes_per_second: number, checkpoints_timed: number, checkpoints_requested: number, oldest_snapshot_seconds: number,
    prepared_transactions: number,
  }).nullable(),
  validation: z.array(z.object({
    stage: z.enum(['PREFLIGHT', 'WORKER', 'PRECOMMIT']), pass: z.number(), warn: z.number(), fail: z.number(),
    status: z.enum(['PASS', 'WARN', 'FAIL']).nullable(),
  })),
  resources: z.object({
    sampled_at: z.string(), label: z.string(), name: z.string(), cpu_percent: number, memory_percent: number, memory_bytes: number,
    disk_read_bytes_per_second: number, disk_written_bytes_per_second: number, disk_free_bytes: number,
    network_received_bytes_per_second: number, network_sent_bytes_per_second: number,
  }).nullable(),
  events: z.array(z.object({
    event_id: z.number(), at: z.string(), kind: z.string(), worker_id: number, message: z.string(),
  })),
  alerts: z.array(alert),
  comparison: z.object({
    previous_batch_no: z.number(), previous_batch_id: z.string(), previous_transaction_count: number, previous_seconds: number,
    previous_percent: number, expected_seconds: number, expected_finish: time,
  }).nullable(),
  sampler: z.object({ samples: z.number(), sampler_seconds: z.number(), statement_seconds: number, percent: number }),
  sampled_at: time, sample_age_seconds: number, fresh_ms: number, read_at: z.string(), read_ms: z.number(),
});
export type Screen = z.output<typeof screen>;

/** The screen with its curves: of the batch, and of the one that it is compared with. */
export const screenWithSeries = screen.extend({ series: z.array(point), previous_series: z.array(point) });

// what this process has read of the screens since its last sample: it counts as watching
let readMs = 0;

/** Has the next sample of this process count so much more reading. */
export function noteReading(milliseconds: number): void {
  readMs += milliseconds;
}

/** How long a screen is shown before it is read again: until the next may be there, and so long that reading takes a hundredth of a session; 1 to 5 s. */
export const shownForMs = ({ read_ms: took, fresh_ms: fresh }: Screen): number => Math.min(5_000, Math.max(1_000, 100 * took, fresh ?? 0));

/** month_end.screen; M1003 where there is no such batch. */
export async function readScreen(client: Queryable, key: BatchKey): Promise<Screen> {
  const found = await value(client, screen, 'select month_end.screen($1, $2::integer) as value', [key.batchId, key.ledgerId]);
  noteReading(found.read_ms);
  return found;
}

/** Progress and throughput of a batch over time, at most 300 points. */
export function readSeries(client: Queryable, batchNo: number): Promise<z.output<typeof point>[]> {
  return value(
    client, z.array(point),
    `select coalesce(jsonb_agg(to_jsonb(s) order by s.sampled_at), '[]') as value from month_end.batch_series($1) s`, [batchNo],
  );
}

export const kpi = z.object({
  ledger_id: z.number(), batch_id: z.string(), attempt: z.number(), period: z.string(), is_supplement: z.boolean(), opened_at: z.string(),
  committed_at: time, completed_at: time, batch_no: z.number(), total_seconds: z.number(), processing_seconds: number,
  target_seconds: z.number(), buffer_seconds: z.number(), processing_buffer_seconds: number, is_on_time: z.boolean(),
  is_processing_on_time: z.boolean().nullable(), transactions_per_second: number, processing_transactions_per_second: number,
  peak_transactions_per_second: number, target_transactions_per_second: z.number(), throughput_ratio: number,
  processing_throughput_ratio: number, entries_per_second: number, processing_entries_per_second: number,
  worker_transactions_per_second: number, target_worker_transactions_per_second: z.number(), worker_ratio: number,
  utilisation_percent: number, transaction_p95_ms: number, chunk_p50_ms: number, chunk_p95_ms: number, chunk_p99_ms: number,
  chunk_max_ms: number, failed_validations: z.number(), failed_workers: z.number(), attempts: z.number(), success_percent: z.number(),
  transaction_count: z.number(), rejected_count: z.number(), entry_count: z.number(), worker_count: z.number(), session_count: z.number(),
  sampler_percent: number, estimate_low_factor: number, estimate_high_factor: number,
});
export type Kpi = z.output<typeof kpi>;

/** Stored key figures of a ledger's batches, the latest period first; of one batch where it is named. */
export async function listKpis(client: Queryable, ledgerId: number, limit: number, batchId?: string): Promise<Kpi[]> {
  const found = await rows(
    client, z.object({ kpi }),
    `select to_jsonb(k) as kpi from month_end.kpis k
      where k.ledger_id = $1 and ($3::text is null or k.batch_id = $3)
      order by k.period desc, k.batch_no desc limit $2`,
    [ledgerId, limit, batchId ?? null],
  );
  return found.map((each) => each.kpi);
}

/** Alerts of a ledger, open ones first, then the latest. */
export async function listAlerts(client: Queryable, ledgerId: number, limit: number, openOnly: boolean): Promise<Alert[]> {
  const found = await rows(
    client, z.object({ alert }),
    `select to_jsonb(a) as alert from month_end.alerts a
      where a.ledger_id = $1 and (a.is_open or not $3) order by a.is_open desc, a.alert_id desc limit $2`,
    [ledgerId, limit, openOnly],
  );
  return found.map((each) => each.alert);
}

const prepared = new WeakSet<Queryable>();

/** month_end.sample_batches: this second's sample, unless it is taken. A session plans its samples while no batch runs. */
export async function sampleBatches(client: Queryable, host: object | null): Promise<void> {
  const read = readMs;
  readMs = 0;
  const running = await value(client, z.number(), 'select month_end.sample_batches($1, $2) as value', [host, read]);
  if (running > 0 || prepared.has(client)) return;
  prepared.add(client);
  await client.query('select month_end.prepare_samples()');
}
