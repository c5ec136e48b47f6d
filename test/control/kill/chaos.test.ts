import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exitCodes } from '../../../control/exit-codes.ts';
import { createPool } from '../../../control/server/index.ts';
import { endCommands, type Running, start, until } from '../../support/cli.ts';
import { batchOf, closeMonth, rowsOf, setSetting } from '../../support/close.ts';
import { expectNothingLeft, expectNothingStuck, noSessionLeft } from '../../support/disturbed.ts';
import { useJobs } from '../../support/jobs.ts';
import { type PrivateDatabase, usePrivateServer } from '../../support/private-server.ts';
import { type Proxy, startProxy } from '../../support/proxy.ts';
import { insertMonth } from '../../support/transactions.ts';

// Fifty closes, in four databases at once, each with a kill at a random moment. Two control planes a
// database share the work, each behind a proxy of its own; what ends is started again, as a service manager
// does. CHAOS_SEED repeats the kills and their moments.

const seed = Number(process.env.CHAOS_SEED ?? randomInt(1e9));
const kinds = { 'control plane': 17, session: 16, network: 13, server: 4 } as const;
/** So many of them have to meet a session at work. */
const leastMet: Record<Kind, number> = { 'control plane': 8, session: 8, network: 6, server: 2 };
type Kind = keyof typeof kinds;
interface Round { readonly period: string; readonly kind: Kind; readonly afterMs: number }

const laneCount = 4;
const periods = Array.from({ length: 13 }, (_, at) => new Date(Date.UTC(2005, at, 1)).toISOString().slice(0, 7));
const server = usePrivateServer();
const jobs = useJobs();
const digests = new Map<string, string>();
afterAll(endCommands);

/** The same numbers from the same seed: a linear congruential generator. */
function randomOf(from: number): () => number {
  let state = BigInt(from);
  return () => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffff_ffff_ffff_ffffn;
    return Number(state >> 32n) / 2 ** 32;
  };
}

/** Every kind as often as it is to come, in an order of the seed, dealt to the lanes. */
function deal(): Round[][] {
  const random = randomOf(seed);
  const all = Object.entries(kinds).flatMap(([kind, count]) => Array.from({ length: count }, () => kind as Kind));
  const order = all.map((kind) => ({ kind, at: random(), afterMs: Math.floor(random() * 1_000) })).sort((one, other) => one.at - other.at);
  return Array.from({ length: laneCount }, (_, lane) =>
    order.filter((_each, at) => at % laneCount === lane).map(({ kind, afterMs }, at) => ({ period: periods[at] ?? '', kind, afterMs })));
}

async function fill(owner: pg.Client): Promise<void> {
  await setSetting(owner, 'chunk_transactions', '256');
  await setSetting(owner, 'leaf_entries', '1000');
  for (const period of periods) await insertMonth(owner, { period, premiums: 500, claims: 100, negativeEvery: 9 });
}

beforeAll(async () => {
  const owner = await (await server.database()).session();
  // a process that is stopped loses no page that it gave to the operating system; recovery reads less
  await owner.query('alter system set fsync = off');
  await owner.query('select pg_reload_conf()');
  await fill(owner);
  for (const period of periods) {
    await closeMonth(owner, period);
    digests.set(period, (await batchOf(owner, `${period}-MONTHEND`)).digest ?? '');
  }
});

interface Lane {
  readonly database: PrivateDatabase;
  readonly proxies: readonly Proxy[];
  readonly pool: pg.Pool;
  readonly planes: Running[];
}

/** The server is stopped by one lane at a time. */
let crashing = Promise.resolve();

/** Kills that met a session at work, by kind. */
const met: Record<Kind, number> = { 'control plane': 0, session: 0, network: 0, server: 0 };

/** A session of the batch that executes something, and the control plane that it belongs to. */
async function findVictim({ pool, proxies }: Lane, { period }: Round): Promise<{ pid: number; plane: number } | undefined> {
  const found = await rowsOf(pool, `
    select pid, client_port from pg_stat_activity
     where datname = current_database() and state = 'active' and application_name in ('monthend month-end-run 1/' || $1, 'monthend month-end-session 1/' || $1)`,
  [`${period}-MONTHEND`]).catch(() => []) as [number, number][];
  return found.map(([pid, port]) => ({ pid, plane: proxies.findIndex((proxy) => proxy.ports().includes(port)) })).find(({ plane }) => plane >= 0);
}

/** From a moment of the seed on, as soon as somebody is at work; where the batch ends before, it is spared. */
async function kill(lane: Lane, round: Round, isOver: () => boolean): Promise<void> {
  const { proxies, pool, planes } = lane;
  await sleep(round.afterMs);
  let victim: Awaited<ReturnType<typeof findVictim>>;
  while (victim === undefined && !isOver()) {
    await sleep(10);
    victim = await findVictim(lane, round);
  }
  if (victim === undefined) return;
  switch (round.kind) {
    case 'control plane':
      planes[victim.plane]?.kill('SIGKILL');
      break;
    case 'session': {
      const ended = await rowsOf(pool, 'select pg_terminate_backend($1)', [victim.pid]).catch(() => []);
      if (ended[0]?.[0] !== true) return;
      break;
    }
    case 'network':
      await proxies[victim.plane]?.cut(1_000);
      break;
    case 'server':
      crashing = crashing.then(() => server.crash()).then(() => server.start());
      await crashing;
      break;
    default:
      throw new Error(String(round.kind satisfies never));
  }
  met[round.kind] += 1;
}

function keepAlive({ database, proxies, planes }: Lane): void {
  for (const [at, proxy] of proxies.entries()) {
    if (planes[at]?.isRunning() !== true) planes[at] = start(proxy.through(database.serviceUrl), ['serve', '--port', '0', '--sessions', '2']);
  }
}

/** Tried again while the server is away; what a first try had done already is no fault. */
const insist = <Result>(what: string, task: () => Promise<Result>): Promise<Result | undefined> => until(what, () =>
  task().then((result) => ({ result }), (error: { code?: string }) => (error.code === 'M1001' ? { result: undefined } : undefined)))
  .then(({ result }) => result);

async function closeDisturbed(lane: Lane, round: Round): Promise<void> {
  const { database, pool } = lane;
  const batchId = `${round.period}-MONTHEND`;
  const batch = { batchId, ledgerId: 1, attempt: 1 };
  keepAlive(lane);
  await insist('the batch is opened', () => pool.query('select month_end.open_batch($1, p_workers => 3)', [round.period]));
  await insist('its job is made', () => jobs.send(database.serviceUrl, pool, batch, { sessions: 2 }));
  let state: unknown[][] = [];
  const isCompleted = (): boolean => state[0]?.[0] === 'COMPLETED';
  const killed = kill(lane, round, isCompleted);
  await until(`${batchId} is completed`, async () => {
    keepAlive(lane);
    state = await rowsOf(pool, `select b.status, b.attempt, b.digest, (select jsonb_agg(to_jsonb(s)) from month_end.batch_session s), (
      select jsonb_agg(jsonb_build_array(j.name, j.state, j.retry_count, j.started_on, j.output)) from pgboss.job j where j.data->>'batchId' = b.batch_id)
      from month_end.batch b where b.batch_id = $1`, [batchId]).catch(() => state);
    await sleep(100);
    return isCompleted() || undefined;
  }, { withinMs: 120_000, state: () => ({ round, state, said: lane.planes.map((plane) => plane.said().stderr.slice(-1_000)) }) });
  await killed;
  expect(state.map(([status, attempt, digest]) => [status, attempt, digest]), JSON.stringify(round)).toEqual([['COMPLETED', 1, digests.get(round.period)]]);
  await insist('nothing is stuck', async () => {
    keepAlive(lane);
    const session = await pool.connect();
    await expectNothingLeft(session).finally(() => session.release());
  });
}

async function closeAll(database: PrivateDatabase, rounds: readonly Round[]): Promise<void> {
  const lane: Lane = {
    database, proxies: [await startProxy(database.serviceUrl), await startProxy(database.serviceUrl)], planes: [],
    pool: createPool({ url: database.adminUrl, applicationName: 'test', max: 2 }),
  };
  for (const round of rounds) await closeDisturbed(lane, round);
  keepAlive(lane);
  await insist('no job is left', async () =>
    expect(await rowsOf(lane.pool, `select name, state from pgboss.job where state < 'completed' and data ? 'batchId'`)).toEqual([]));
  await insist('nothing kills the server any more', () => crashing);
  await until('both stay', () => {
    keepAlive(lane);
    return lane.planes.every((plane) => plane.said().stderr.includes('Ctrl-C ends it')) || undefined;
  }, { state: () => lane.planes.map((plane) => plane.said()) });
  for (const plane of lane.planes) plane.kill('SIGTERM');
  for (const plane of lane.planes) expect(await plane.ended).toMatchObject({ code: exitCodes.ok });
  await jobs.leave(database.serviceUrl);
  for (const proxy of lane.proxies) await proxy.close();
  await lane.pool.end();
}

test(`fifty closes with a kill each end as undisturbed ones do (CHAOS_SEED=${seed})`, { timeout: 600_000 }, async () => {
  const lanes = deal();
  expect(lanes.flat()).toHaveLength(50);
  const databases: PrivateDatabase[] = [];
  // all are filled before the first of them stops the server
  while (databases.length < lanes.length) {
    const database = await server.database();
    await fill(await database.session());
    databases.push(database);
  }
  const begun = Date.now();
  const ended = await Promise.allSettled(databases.map((database, lane) => closeAll(database, lanes[lane] ?? [])));
  for (const each of ended) if (each.status === 'rejected') throw each.reason;
  for (const database of databases) {
    const owner = await database.session();
    await noSessionLeft(owner);
    await expectNothingStuck(owner);
  }
  console.log(`CHAOS_SEED=${seed}: ${JSON.stringify(met)} of ${JSON.stringify(kinds)} met a session at work, in ${Math.round((Date.now() - begun) / 1_000)} s`);
  for (const [kind, least] of Object.entries(leastMet)) expect(met[kind as Kind], `${kind}, CHAOS_SEED=${seed}`).toBeGreaterThanOrEqual(least);
});
