import { z } from 'zod';
import { type Queryable, row, rows } from './query.ts';

/** What a schedule does about a run that could not start in time. */
export const missedPolicies = ['RUN_ONCE', 'FLAG'] as const;

export const schedule = z.object({
  ledger_id: z.number(), cron: z.string(), time_zone: z.string(), is_enabled: z.boolean(), missed: z.enum(missedPolicies),
  workers: z.number().nullable(), sessions: z.number().nullable(), changed_at: z.date(), changed_by: z.string(),
});
export type Schedule = z.output<typeof schedule>;

const scheduleColumns = 'ledger_id, cron, time_zone, is_enabled, missed, workers, sessions, changed_at, changed_by';

/** The schedule of a ledger; undefined where there is none. */
export async function readSchedule(client: Queryable, ledgerId: number): Promise<Schedule | undefined> {
  const [found] = await rows(
    client, schedule, `select ${scheduleColumns} from month_end.schedule where ledger_id = $1`, [ledgerId],
  );
  return found;
}

export interface ScheduleChange {
  readonly ledgerId: number;
  readonly cron?: string | undefined;
  readonly timeZone?: string | undefined;
  readonly missed?: string | undefined;
  readonly workers?: number | undefined;
  readonly sessions?: number | undefined;
  readonly enabled?: boolean | undefined;
}

/** month_end.set_schedule: what is undefined stays as it is; M2004. */
export function setSchedule(client: Queryable, change: ScheduleChange): Promise<Schedule> {
  return row(
    client, schedule,
    `select ${scheduleColumns} from month_end.set_schedule($1::integer, $2, $3, $4, $5::integer, $6::integer, $7::boolean)`,
    [change.ledgerId, change.cron ?? null, change.timeZone ?? null, change.missed ?? null, change.workers ?? null,
      change.sessions ?? null, change.enabled ?? null],
  );
}

export interface ScheduleException {
  readonly ledgerId: number;
  /** The run's own day in the schedule's zone, such as 2026-12-31. */
  readonly runDate: string;
  readonly action: 'RUN' | 'SKIP' | 'MOVE';
  readonly reason?: string | undefined;
  /** Local time, such as 2027-01-02 06:00. */
  readonly movedTo?: string | undefined;
}

/** month_end.set_schedule_exception: M1021 once the run is decided about, M2004. */
export async function setException(client: Queryable, exception: ScheduleException): Promise<void> {
  await client.query('select month_end.set_schedule_exception($1::date, $2, $3, $4::timestamp, $5::integer)', [
    exception.runDate, exception.action, exception.reason ?? null, exception.movedTo ?? null, exception.ledgerId,
  ]);
}

export const planned = z.object({
  period: z.string(), run_date: z.string(), local_time: z.string(), due_at: z.date(), time_zone: z.string(),
  action: z.enum(['RUN', 'SKIP', 'MOVE']), reason: z.string().nullable(), is_overdue: z.boolean(),
});
export type PlannedRun = z.output<typeof planned>;

/** The next runs by the database's clock, overdue ones first. */
export function previewSchedule(client: Queryable, ledgerId: number, runs: number): Promise<PlannedRun[]> {
  return rows(
    client, planned,
    `select period, to_char(run_date, 'YYYY-MM-DD') as run_date, to_char(local_time, 'YYYY-MM-DD HH24:MI') as local_time,
            due_at, time_zone, action, reason, is_overdue
       from month_end.preview_schedule($1::integer, $2::integer)`,
    [ledgerId, runs],
  );
}

export const decided = z.object({
  period: z.string(), due_at: z.date(), status: z.string(), reason: z.string().nullable(), batch_id: z.string().nullable(),
  decided_at: z.date(), decided_from: z.string(),
});
type DecidedRun = z.output<typeof decided>;

/** What became of the latest runs, newest first. */
export function listDecidedRuns(client: Queryable, ledgerId: number, limit: number): Promise<DecidedRun[]> {
  return rows(
    client, decided,
    `select period, due_at, status, reason, batch_id, decided_at, decided_from from month_end.scheduled_runs
      where ledger_id = $1 order by period desc limit $2`,
    [ledgerId, limit],
  );
}

const due = z.object({ ledger_id: z.number(), period: z.string() });
type DueRun = z.output<typeof due>;

/** Runs to be decided about; `now` only where a test drives the clock, else it is the database's. */
export function listDueRuns(client: Queryable, now?: Date): Promise<DueRun[]> {
  return rows(client, due, 'select ledger_id, period from month_end.due_runs($1::timestamptz)', [now ?? null]);
}

const claimed = z.object({
  ledger_id: z.number(), period: z.string(), status: z.enum(['STARTED', 'SKIPPED', 'MISSED', 'REFUSED']), reason: z.string().nullable(),
});
export type ClaimedRun = z.output<typeof claimed>;

/** month_end.claim_run: undefined where another one has decided meanwhile; 55P03 may pass. */
export async function claimRun(client: Queryable, run: DueRun, now?: Date): Promise<ClaimedRun | undefined> {
  const [found] = await rows(
    client, claimed,
    'select ledger_id, period, status, reason from month_end.claim_run($1::integer, $2, $3::timestamptz)',
    [run.ledger_id, run.period, now ?? null],
  );
  return found;
}

const unsubmitted = z.object({
  ledger_id: z.number(), period: z.string(), batch_id: z.string(), attempt: z.number(), sessions: z.number().nullable(),
  is_submitted: z.boolean(),
});
type UnsubmittedRun = z.output<typeof unsubmitted>;

/** Started runs that may need a job, locked until the caller's transaction ends. */
export function takeUnsubmittedRuns(client: Queryable): Promise<UnsubmittedRun[]> {
  return rows(
    client, unsubmitted,
    'select ledger_id, period, batch_id, attempt, sessions, is_submitted from month_end.unsubmitted_runs()',
  );
}

/** Notes, in that transaction, that a job is there. */
export async function noteSubmitted(client: Queryable, run: UnsubmittedRun): Promise<void> {
  await client.query('select month_end.note_submitted($1::integer, $2)', [run.ledger_id, run.period]);
}
