import pg from 'pg';
import { actAs, actAsService, type Actor } from '../control/database/access.ts';
import { rollback } from '../control/database/query.ts';
import { createPool } from '../control/server/index.ts';
import { Refusal } from './http/problem.ts';

/** Sessions by what they are for, so that what takes long never keeps out what is short. */
export interface Pools {
  /** Answers to GET. */
  readonly reads: pg.Pool;
  /** Changes: they may wait for locks. */
  readonly changes: pg.Pool;
  /** Uploads, and lists as long as a table: as slow as the client. */
  readonly transfers: pg.Pool;
  /** Who was refused what. */
  readonly audit: pg.Pool;
  /** What is read once for all who follow a batch: its events, its screen. */
  readonly events: pg.Pool;
}

const waitMs = 5_000;

/** The pools of a service on a database. */
export function createPools(url: string): Pools {
  const pool = (purpose: string, max: number, settings: Record<string, string> = {}): pg.Pool =>
    createPool({ url, applicationName: `monthend api ${purpose}`, max, settings, timeoutMs: waitMs });
  return {
    reads: pool('reads', 10, { statement_timeout: '30s' }),
    changes: pool('changes', 4, { statement_timeout: '60s' }),
    // a client that takes nothing for so long has gone
    transfers: pool('transfers', 6, { idle_in_transaction_session_timeout: '60s' }),
    audit: pool('audit', 2, { statement_timeout: '10s' }),
    events: pool('events', 2, { statement_timeout: '30s' }),
  };
}

/** Ends all sessions, once those in use are given back. */
export async function endPools(pools: Pools): Promise<void> {
  await Promise.all(Object.values(pools).map((pool: pg.Pool) => pool.end()));
}

/** Throws a Refusal (503) where all are in use, or the database is away. */
async function take(pool: pg.Pool): Promise<pg.PoolClient> {
  try {
    return await pool.connect();
  } catch (cause) {
    const allInUse = pool.totalCount >= pool.options.max && pool.idleCount === 0;
    throw new Refusal(allInUse ? 'busy' : 'not-ready', { cause });
  }
}

/** A session of a pool that acts for somebody, until it is given back. */
interface ActingSession {
  readonly client: pg.PoolClient;
  /** Gives it back as the service's own, unless an error may have left it in no good state. */
  readonly release: (error?: unknown) => Promise<void>;
}

const leavesSessionGood = (error: unknown): boolean => error instanceof pg.DatabaseError || error instanceof Refusal;

/** Takes a session that acts for somebody; the caller gives it back. Throws a Refusal (503) where there is none. */
export async function openActing(pool: pg.Pool, actor: Actor): Promise<ActingSession> {
  const client = await take(pool);
  const release = async (error?: unknown): Promise<void> => {
    if (error !== undefined && !leavesSessionGood(error)) return client.release(true);
    try {
      if (error !== undefined) await rollback(client);
      await actAsService(client);
      client.release();
    } catch {
      client.release(true);
    }
  };
  try {
    await actAs(client, actor);
  } catch (error) {
    await release(error);
    throw error;
  }
  return { client, release };
}

/** A connection that is lost while a task uses it is no fault of ours: a Refusal (503). */
async function unlessLost<Result>(client: pg.PoolClient, task: () => Promise<Result>): Promise<Result> {
  let isLost = false;
  const lose = (): void => { isLost = true; };
  client.once('end', lose);
  try {
    return await task();
  } catch (error) {
    throw isLost ? new Refusal('not-ready', { cause: error }) : error;
  } finally {
    client.off('end', lose);
  }
}

/** Runs a task in a session that acts for somebody. */
export async function withActing<Result>(pool: pg.Pool, actor: Actor, task: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
  const { client, release } = await openActing(pool, actor);
  try {
    const result = await unlessLost(client, () => task(client));
    // nobody has to wait for it
    void release();
    return result;
  } catch (error) {
    await release(error);
    throw error;
  }
}

/** Runs a task in a session that is the service's own. */
export async function withOwn<Result>(pool: pg.Pool, task: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
  const client = await take(pool);
  try {
    const result = await unlessLost(client, () => task(client));
    client.release();
    return result;
  } catch (error) {
    client.release(true);
    throw error;
  }
}
