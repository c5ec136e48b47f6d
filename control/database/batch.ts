import type pg from 'pg';
import { z } from 'zod';
import { bigint, money, pages, type Queryable, row, rows, value } from './query.ts';

/** A batch of a ledger, as operators name it. */
export interface BatchKey {
  readonly batchId: string;
  readonly ledgerId: number;
}

export const status = z.enum([
  'OPENED', 'SCOPED', 'NUMBERED', 'PROCESSING', 'PROCESSED', 'STAGED', 'VALIDATED', 'COMMITTED',
  'COMPLETED', 'FAILED', 'CANCELLED',
]);
export type BatchStatus = z.output<typeof status>;

/** The states that a batch doesn't leave any more. */
export const ended: ReadonlySet<BatchStatus> = new Set<BatchStatus>(['COMPLETED', 'FAILED', 'CANCELLED']);

/** The batch of a ledger that people look at: the running one, else the newest; undefined where there is none. */
export async function currentBatch(client: Queryable, ledgerId: number): Promise<BatchKey | undefined> {
  const [found] = await rows(
    client, z.object({ batch_id: z.string() }),
    `select batch_id from month_end.batch where ledger_id = $1
      order by status in ('COMPLETED', 'FAILED', 'CANCELLED'), batch_no desc limit 1`, [ledgerId],
  );
  return found && { batchId: found.batch_id, ledgerId };
}

interface OpenOptions {
  readonly period: string;
  readonly ledgerId: number;
  readonly workers?: number | undefined;
  readonly supplement?: boolean;
  /** Ends after pre-flight validation, whoever goes on with it; nothing is posted. */
  readonly dryRun?: boolean;
}

/** month_end.open_batch: M1001 tells who holds the period, M1004–M1006 its state. Returns the batch id. */
export function openBatch(client: Queryable, options: OpenOptions): Promise<string> {
  return value(
    client, z.string(),
    'select month_end.open_batch($1, $2::integer, $3::integer, $4::boolean, $5::boolean) as value',
    [options.period, options.ledgerId, options.workers ?? null, options.supplement ?? false, options.dryRun ?? false],
  );
}

/** Phase 1, in a transaction of its own. `freeBytes`: free disk of the database host where it is known. */
export async function preflight(client: pg.ClientBase, key: BatchKey, freeBytes?: bigint): Promise<void> {
  await client.query('call month_end.preflight($1, $2::integer, $3::bigint)', [
    key.batchId, key.ledgerId, freeBytes?.toString() ?? null,
  ]);
}

/** Phase 2. */
export async function allocateNumbers(client: Queryable, key: BatchKey): Promise<void> {
  await client.query('select month_end.allocate_numbers($1, $2::integer)', [key.batchId, key.ledgerId]);
}

/** Phase 3. */
export async function launchWorkers(client: Queryable, key: BatchKey): Promise<void> {
  await client.query('select month_end.launch_workers($1, $2::integer)', [key.batchId, key.ledgerId]);
}

/** Phases 4 and 5, as one of any number of sessions; returns when the batch is staged. */
export async function work(client: pg.ClientBase, key: BatchKey): Promise<void> {
  await client.query('call month_end.work($1, $2::integer)', [key.batchId, key.ledgerId]);
}

/** Phase 6: VALIDATED, or FAILED with the rules in batch_validation_results. */
export function validateBatch(client: Queryable, key: BatchKey): Promise<'VALIDATED' | 'FAILED'> {
  return value(
    client, z.enum(['VALIDATED', 'FAILED']),
    'select month_end.validate_batch($1, $2::integer) as value', [key.batchId, key.ledgerId],
  );
}

/** Phase 7. */
export async function commitBatch(client: Queryable, key: BatchKey): Promise<void> {
  await client.query('select month_end.commit_batch($1, $2::integer)', [key.batchId, key.ledgerId]);
}

/** Phase 8. */
export async function postProcess(client: Queryable, key: BatchKey): Promise<void> {
  await client.query('select month_end.post_process($1, $2::integer)', [key.batchId, key.ledgerId]);
}

/** Makes failed workers claimable again; M1002 where the batch has ended without a commit. */
export function retryFailedWorkers(client: Queryable, key: BatchKey): Promise<string> {
  return value(
    client, bigint, 'select month_end.retry_failed_workers($1, $2::integer) as value',
    [key.batchId, key.ledgerId],
  );
}

/** Ends a batch before its commit; M1010 after it. */
export async function cancelBatch(client: Queryable, key: BatchKey): Promise<void> {
  await client.query('call month_end.cancel($1, $2::integer)', [key.batchId, key.ledgerId]);
}

export const batch = z.object({
  ledger_id: z.number(), batch_id: z.string(), attempt: z.number(), period: z.string(), status,
  posted_count: bigint.nullable(), rejected_count: bigint.nullable(), set_aside_count: bigint.nullable(),
  opened_at: z.date(), committed_at: z.date().nullable(), opened_from: z.string(), next_call: z.string().nullable(),
  is_dry_run: z.boolean(), batch_no: z.number(), wanted_sessions: z.number().nullable(),
});
export type Batch = z.output<typeof batch>;

const batchColumns = `ledger_id, batch_id, attempt, period, status, posted_count, rejected_count, set_aside_count,
  opened_at, committed_at, opened_from, next_call, is_dry_run, batch_no, wanted_sessions`;

/** The latest attempt of a batch; M1003 where there is none. */
export function findBatch(client: Queryable, key: BatchKey): Promise<Batch> {
  return row(
    client, batch,
    `select ${batchColumns} from month_end.batch
      where batch_no = (month_end.find_batch($1, $2::integer)).batch_no`,
    [key.batchId, key.ledgerId],
  );
}

interface BatchFilter {
  readonly ledgerId: number;
  readonly limit: number;
  readonly period?: string | undefined;
  readonly status?: BatchStatus | undefined;
  /** A batch_no: those that were opened earlier. */
  readonly before?: string | undefined;
}

/** The latest batches of a ledger, newest first. */
export function listBatches(client: Queryable, filter: BatchFilter): Promise<Batch[]> {
  return rows(
    client, batch,
    `select ${batchColumns} from month_end.batch
      where ledger_id = $1 and ($3::text is null or period = $3) and ($4::integer is null or batch_no < $4)
        and ($5::text is null or status = $5)
      order by batch_no desc limit $2`,
    [filter.ledgerId, filter.limit, filter.period ?? null, filter.before ?? null, filter.status ?? null],
  );
}

export const progress = z.object({
  status, phase: z.number().nullable(), phase_name: z.string().nullable(),
  steps_done: z.string().nullable(), steps_total: z.string().nullable(), percent: z.string().nullable(),
  transactions_per_second: z.string().nullable(), seconds_left: z.string().nullable(),
  workers_running: z.string(), workers_complete: z.string(), workers_failed: z.string(),
  worker_count: z.number().nullable(), elapsed_seconds: z.string(),
});
export type Progress = z.output<typeof progress>;

/** How far a batch is, from month_end.progress; undefined for one that ended over a day ago. */
export async function readProgress(client: Queryable, key: BatchKey): Promise<Progress | undefined> {
  const [found] = await rows(
    client, progress,
    `select status, phase, phase_name, steps_done::text, steps_total::text, percent, transactions_per_second,
            seconds_left, workers_running, workers_complete, workers_failed, worker_count, elapsed_seconds
       from month_end.progress p
      where p.batch_no = (month_end.find_batch($1, $2::integer)).batch_no`,
    [key.batchId, key.ledgerId],
  );
  return found;
}

export const report = z.looseObject({
  schema: z.literal('monthend.report/1'), batch_id: z.string(), period: z.string(), status, dry_run: z.boolean(),
  transactions: z.object({
    premium: z.number(), claims: z.number(), fit: z.number().nullable(), posted: z.number().nullable(), rejected: z.number().nullable(),
    set_aside: z.number().nullable(),
  }),
  entries: z.number().nullable(), lines: z.number().nullable(),
  control: z.array(z.object({
    source: z.string(), currency: z.string(), source_count: z.number(), source_amount: money,
    fit_count: z.number(), fit_amount: money,
    posted_count: z.number(), posted_amount: money, rejected_count: z.number(), rejected_amount: money,
    set_aside_count: z.number(),
  })),
  debits: z.record(z.string(), money), credits: z.record(z.string(), money),
  phases: z.array(z.object({ phase: z.number(), name: z.string(), seconds: z.number().nullable() })),
  seconds: z.number().nullable(), processing_seconds: z.number().nullable(),
  transactions_per_second: z.number().nullable(), digest: z.string().nullable(),
});
export type Report = z.output<typeof report>;

/** The report of a batch, schema monthend.report/1; seconds, and money as text. */
export function readReport(client: Queryable, key: BatchKey): Promise<Report> {
  return value(client, report, 'select month_end.report($1, $2::integer) as value', [key.batchId, key.ledgerId]);
}

export const reject = z.object({
  source: z.string(), source_id: z.string(), rule: z.string(), reason: z.string(), currency: z.string().nullable(),
  amount: money.nullable(), state: z.enum(['OPEN', 'CORRECTED', 'POSTED']), file_name: z.string().nullable(),
  import_line: bigint.nullable(), original: z.record(z.string(), z.unknown()),
});
export type Reject = z.output<typeof reject>;

const rejectsOf = `select source, source_id, rule, reason, currency, amount, state, file_name, import_line, original
  from month_end.rejects where batch_no = (month_end.find_batch($1, $2::integer)).batch_no order by source, source_id`;

/** What a batch rejected, with what became of it. */
export function listRejects(client: Queryable, key: BatchKey): Promise<Reject[]> {
  return rows(client, reject, rejectsOf, [key.batchId, key.ledgerId]);
}

/** The same, page by page. */
export function rejectPages(client: Queryable, key: BatchKey): AsyncGenerator<Reject[]> {
  return pages(client, reject, rejectsOf, [key.batchId, key.ledgerId]);
}

export const result = z.object({
  stage: z.string(), rule: z.string(), status: z.enum(['PASS', 'WARN', 'FAIL']), worker_id: z.number().nullable(),
  expected: z.string().nullable(), actual: z.string().nullable(), detail: z.string().nullable(),
});
export type ValidationResult = z.output<typeof result>;

/** Results of the batch's validation rules; of the workers only those that don't pass. */
export function listResults(client: Queryable, key: BatchKey): Promise<ValidationResult[]> {
  return rows(
    client, result,
    `select stage, rule, status, worker_id, expected, actual, detail
       from month_end.batch_validation_results
      where batch_no = (month_end.find_batch($1, $2::integer)).batch_no
        and (stage <> 'WORKER' or status <> 'PASS') order by result_id`,
    [key.batchId, key.ledgerId],
  );
}

/** What failed in the batch's validations, as one text. */
export function failedRules(client: Queryable, key: BatchKey): Promise<string> {
  return value(
    client, z.string(), 'select month_end.failed_rules($1, $2::integer) as value', [key.batchId, key.ledgerId],
  );
}

/** Process ids of the control plane's sessions that work on a batch, on whatever machine. */
export async function batchBackends(client: Queryable, key: BatchKey): Promise<number[]> {
  const found = await rows(
    client, z.object({ pid: z.number() }),
    `select pid from month_end.batch_session
      where batch_no = (month_end.find_batch($1, $2::integer)).batch_no and kind <> 'other'`,
    [key.batchId, key.ledgerId],
  );
  return found.map((each) => each.pid);
}

export const worker = z.object({
  worker_id: z.number(), status: z.string(), first_chunk: z.number(), last_chunk: z.number(),
  checkpoint: z.number().nullable(), transaction_count: bigint, processed_count: bigint, busy_ms: bigint,
  attempts: z.number(), leased_by: z.string().nullable(), leased_at: z.date().nullable(),
  error_sqlstate: z.string().nullable(), error_message: z.string().nullable(),
});

/** The workers of a batch, with checkpoint and lease. */
export function listWorkers(client: Queryable, key: BatchKey): Promise<z.output<typeof worker>[]> {
  return rows(
    client, worker,
    `select ${Object.keys(worker.shape).join(', ')} from month_end.batch_worker_control
      where batch_no = (month_end.find_batch($1, $2::integer)).batch_no order by worker_id`,
    [key.batchId, key.ledgerId],
  );
}
