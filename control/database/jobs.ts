import { z } from 'zod';
import type { BatchKey } from './batch.ts';
import { bigint, inTransaction, type Queryable, row, rows, value } from './query.ts';

/** An attempt at a job, as pg-boss counts them. */
interface JobAttempt {
  readonly id: string;
  readonly retryCount: number;
}

const unfinishedJob = z.object({
  id: z.string(), name: z.string(), state: z.enum(['created', 'retry', 'active']), retryCount: z.number(), lockKey: bigint,
  batchId: z.string(), ledgerId: z.number(), attempt: z.number(),
});
export type UnfinishedJob = z.output<typeof unfinishedJob>;

/** The jobs of these queues that have not ended, with the key that the session of their attempt locks. */
export function listUnfinishedJobs(client: Queryable, queues: readonly string[]): Promise<UnfinishedJob[]> {
  return rows(
    client, unfinishedJob,
    `select id, name, state::text, retry_count as "retryCount", month_end.job_lock_key(id, retry_count) as "lockKey",
            data->>'batchId' as "batchId", (data->>'ledgerId')::integer as "ledgerId", (data->>'attempt')::integer as attempt
       from pgboss.job where name = any ($1) and state < 'completed'`,
    [queues],
  );
}

const jobSession = z.object({ lockKey: bigint, pid: z.number() });

/** Seconds since pg-boss last looked after these queues, of the one that waits longest; null where one is missing. */
export function readQueueAge(client: Queryable, queues: readonly string[]): Promise<number | null> {
  return value(
    client, z.number().nullable(),
    `select case when count(*) = cardinality($1::text[]) then extract(epoch from
              clock_timestamp() - min(greatest(monitor_claim_on, monitor_on, updated_on)))::float8 end as value
       from pgboss.queue where name = any ($1)`,
    [queues],
  );
}

/** The sessions that hold the lock of an attempt at a job. */
export function listJobSessions(client: Queryable): Promise<z.output<typeof jobSession>[]> {
  return rows(
    client, jobSession,
    `select lock_key as "lockKey", pid from month_end.advisory_lock where lock_key >> 46 = x'4d47'::bigint`,
  );
}

/** Takes the lock of an attempt at a job, which shows that its session lives; it ends with the session. */
export async function holdJob(client: Queryable, { id, retryCount }: JobAttempt): Promise<void> {
  await client.query('select pg_advisory_lock(month_end.job_lock_key($1, $2))', [id, retryCount]);
}

/** Sessions of earlier attempts at a job. */
export async function earlierSessions(client: Queryable, { id, retryCount }: JobAttempt): Promise<number[]> {
  const found = await rows(
    client, z.object({ pid: z.number() }),
    `select l.pid from generate_series(0, $2 - 1) earlier
       join month_end.advisory_lock l on l.lock_key = month_end.job_lock_key($1, earlier)`,
    [id, retryCount],
  );
  return found.map((each) => each.pid);
}

/** Has these sessions leave after the chunk, step or phase that they are at; while the asking session lasts. */
export async function askToLeave(client: Queryable, pids: readonly number[]): Promise<void> {
  await client.query('select pg_advisory_lock(month_end.leave_lock_key(pid)) from unnest($1::integer[]) pid', [pids]);
}

/** One supervisor at a time, to the end of the transaction; no lease has the token 0. */
export async function lockSupervision(client: Queryable): Promise<void> {
  await client.query('select pg_advisory_xact_lock(month_end.lease_lock_key(0))');
}

/** Ends a supervisor's session that stops in the middle: it must not keep the others from looking. */
export async function limitSupervision(client: Queryable): Promise<void> {
  await client.query(`set idle_in_transaction_session_timeout = '5s'`);
}

const wanted = z.object({ batchId: z.string(), ledgerId: z.number(), attempt: z.number(), sessions: z.number() });

/** Batches in phases 4 and 5 with the sessions of jobs that they shall have; those that somebody takes to their end. */
export function listWantedSessions(client: Queryable): Promise<z.output<typeof wanted>[]> {
  return rows(
    client, wanted,
    `select b.batch_id as "batchId", b.ledger_id as "ledgerId", b.attempt, b.wanted_sessions as sessions
       from month_end.batch b
      where b.status in ('PROCESSING', 'PROCESSED') and b.wanted_sessions is not null
        and exists (select from month_end.batch_session s where s.batch_no = b.batch_no and s.kind <> 'session')`,
  );
}

/** Sets how many sessions of jobs a batch shall have; null: none. M1002 where it has ended. */
export async function scaleBatch(client: Queryable, key: BatchKey, sessions: number | null): Promise<void> {
  await client.query('select month_end.scale($1, $2::integer, $3::integer)', [key.batchId, sessions, key.ledgerId]);
}

/** Takes the leases from sessions that hang; returns their processes. */
export function endHungLeases(client: Queryable): Promise<number[]> {
  return value(client, z.array(z.number()), 'select month_end.end_hung_leases() as value');
}

/**
 * Sessions of jobs that hang without a lease: idle for so long that the control plane must, or at one step of phase 5
 * for longer than a step may take, and waiting for no lock. The login sees the state of its own sessions; its role doesn't.
 */
export async function listHungSessions(client: Queryable): Promise<number[]> {
  const limits = await row(
    client, z.object({ idle: z.string(), step: z.string(), working: z.array(z.string()) }),
    `select month_end.get_setting('session_hung_seconds') as idle, month_end.get_setting('step_hung_seconds') as step,
            array(select ledger_id || '/' || batch_id from month_end.batch where status in ('PROCESSING', 'PROCESSED')) as working`,
  );
  return asLogin(client, async () => {
    const found = await rows(
      client, z.object({ pid: z.number() }),
      `select pid from pg_stat_activity
        where datname = current_database() and starts_with(application_name, 'monthend month-end-')
          and (state = 'idle' and state_change < clock_timestamp() - make_interval(secs => $1)
               or state = 'active' and xact_start < clock_timestamp() - make_interval(secs => $2)
                  and split_part(application_name, ' ', 3) = any ($3::text[]) and pg_blocking_pids(pid) = '{}')`,
      [limits.idle, limits.step, limits.working],
    );
    return found.map((each) => each.pid);
  });
}

/** Ends sessions and waits up to two seconds for each; returns how many were told. Those of other logins are left alone. */
export function terminateBackends(client: Queryable, pids: readonly number[]): Promise<string> {
  return asLogin(client, () => value(
    client, bigint,
    `select count(pg_terminate_backend(a.pid, 2000)) as value from pg_stat_activity a
      where a.pid = any ($1::integer[]) and pg_has_role(a.usesysid, 'usage')`,
    [pids],
  ));
}

/** Cancels what sessions are executing; otherwise as terminateBackends. */
export function cancelBackends(client: Queryable, pids: readonly number[]): Promise<string> {
  return asLogin(client, () => value(
    client, bigint,
    `select count(pg_cancel_backend(a.pid)) as value from pg_stat_activity a
      where a.pid = any ($1::integer[]) and pg_has_role(a.usesysid, 'usage')`,
    [pids],
  ));
}

/** Who may signal a session, or see its state, is asked of logins, not of roles. */
function asLogin<Result>(client: Queryable, task: () => Promise<Result>): Promise<Result> {
  return inTransaction(client, async () => {
    await client.query('set local role none');
    return task();
  });
}
