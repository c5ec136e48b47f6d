import type pg from 'pg';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { endCommands, launcher, type Running, start, until } from '../../support/cli.ts';
import { batchOf, one, setSetting } from '../../support/close.ts';
import {
  batchId, blockOf, expectNothingStuck, expectWholeMonth, fillMonth, holdIn, noSessionLeft, period, undisturbedDigest, waitingSessions,
} from '../../support/disturbed.ts';
import { useJobs } from '../../support/jobs.ts';
import { noOtherMachine, type OtherMachine, startOtherMachine } from '../../support/other-machine.ts';
import { type PrivateDatabase, usePrivateServer } from '../../support/private-server.ts';
import { startProxy } from '../../support/proxy.ts';

// A session is lost in the middle of phase 4 or 5; what counts is when another one stands at the same place.
// LOST_ROUNDS=5 does every loss so often, in both phases, and prints how long each took.

const rounds = Number(process.env.LOST_ROUNDS ?? 1);
const isMeasured = process.env.LOST_ROUNDS !== undefined;
// a limit of the product where it is measured, of what hangs where it is not
const withinMs = isMeasured ? 15_000 : 60_000;
const hungSeconds = 2;

/** How a control plane reaches its database, and how the session that it has there is lost. */
interface Way {
  readonly url: string;
  /** What starts the control plane. */
  readonly launch?: readonly string[];
  /** Undefined where the session hangs by itself. */
  readonly lose?: (pid: number, victim: Running) => unknown;
  /** Makes it whole again, once the batch has ended without it. */
  readonly mend?: () => unknown;
}

const jobs = useJobs();
let machine: OtherMachine | undefined;
beforeAll(async () => { if (noOtherMachine === undefined) machine = await startOtherMachine(); });
const server = usePrivateServer(noOtherMachine === undefined ? () => machine?.ourAddress ?? '' : undefined);
afterAll(() => {
  endCommands();
  machine?.end();
  if (noOtherMachine !== undefined) console.error(`Skipped: packets that vanish; ${noOtherMachine}.`);
  if (!isMeasured) return;
  console.table(Object.fromEntries([...took].map(([what, each]) => {
    const seconds = each.map((ms) => ms / 1000).sort((one, other) => one - other);
    return [what, { n: seconds.length, median: seconds[seconds.length >> 1]?.toFixed(1), max: seconds.at(-1)?.toFixed(1) }];
  })));
});
let digest: string;
beforeAll(async () => { digest = await undisturbedDigest(await (await server.database()).session()); });

/** The first session that comes to a place of the phase sleeps there. */
async function hangOnce(owner: pg.Client, phase: number): Promise<void> {
  await setSetting(owner, 'session_hung_seconds', String(hungSeconds));
  await setSetting(owner, 'step_hung_seconds', String(hungSeconds));
  await owner.query(`
    create sequence public.came; grant usage on sequence public.came to public;
    create function public.hang() returns void language plpgsql as $$
    begin if nextval('public.came') = 1 then perform pg_sleep(600); end if; end $$;
    create function public.hang_chunk() returns trigger language plpgsql as $$ begin perform public.hang(); return new; end $$;
    create function public.hang_step() returns event_trigger language plpgsql as $$
    begin if exists (select from month_end.staging_month_end_master where status = 'PROCESSED') then perform public.hang(); end if; end $$`);
  await owner.query(phase === 4
    ? 'create trigger hang before insert on month_end.chunk_balance for each row when (new.chunk_no = 5) execute function public.hang_chunk()'
    : 'create event trigger hang on ddl_command_start execute function public.hang_step()');
}

const ways: Record<string, (database: PrivateDatabase, owner: pg.Client, phase: number) => Promise<Way> | Way> = {
  'backend ended': ({ serviceUrl: url }, owner) => ({ url, lose: (pid) => owner.query('select pg_terminate_backend($1)', [pid]) }),
  'control plane killed': ({ serviceUrl: url }) => ({ url, lose: (_pid, victim) => victim.kill('SIGKILL') }),
  'connections cut': async ({ serviceUrl }) => {
    const proxy = await startProxy(serviceUrl);
    return { url: proxy.through(serviceUrl), lose: () => proxy.setCut(true), mend: () => proxy.close() };
  },
  'packets vanish': ({ serviceUrl }) => ({
    url: Object.assign(new URL(serviceUrl), { hostname: machine?.ourAddress }).href,
    ...(machine !== undefined && { launch: machine.there(), lose: machine.pullCable, mend: machine.plugCable }),
  }),
  'session hangs': async ({ serviceUrl: url }, owner, phase) => {
    await hangOnce(owner, phase);
    return { url };
  },
};

async function service({ url, launch = [] }: Pick<Way, 'url' | 'launch'>): Promise<Running> {
  const [program = launcher, ...args] = [...launch, launcher, 'service', '--sessions', '1'];
  const plane = start(url, args, { program });
  return until('the control plane is there', () => (plane.said().stderr.includes('Ctrl-C ends it') ? plane : undefined), { state: plane.said });
}

/** Milliseconds from a loss until another session is where the lost one was; then the batch ends as it should. */
async function loseSession(name: string, phase: number): Promise<number> {
  const database = await server.database();
  const owner = await database.session();
  await fillMonth(owner);
  const way = await ways[name]?.(database, owner, phase);
  if (way === undefined) throw new Error(name);
  const victim = await service(way);
  const close = (): Running => {
    void jobs.close(database.serviceUrl, owner, period, { sessions: 1 });
    return victim;
  };
  const isHere = async (times: number): Promise<true | undefined> =>
    (await one<number>(owner, 'select case when is_called then last_value else 0 end::integer from public.came')) >= times || undefined;

  const held = way.lose && await holdIn(blockOf(phase), database.session, owner, close);
  if (held === undefined) {
    close();
    await until('it hangs', () => isHere(1), { state: victim.said });
  }
  let lostAt = performance.now();
  const other = await service({ url: database.serviceUrl });
  if (held !== undefined) {
    lostAt = performance.now();
    await way.lose?.(held.waiting.pid, victim);
  }
  await until('another session is there', async () => (held === undefined ? isHere(2)
    : (await waitingSessions(owner)).some(({ pid }) => pid !== held.waiting.pid) || undefined), { withinMs, state: victim.said });
  const took = performance.now() - lostAt;

  await held?.release();
  await until('the batch is completed', async () => ((await batchOf(owner, batchId)).status === 'COMPLETED' ? true : undefined));
  await way.mend?.();
  await expectWholeMonth(owner, digest);
  for (const plane of [victim, other]) plane.kill('SIGKILL');
  await jobs.leave(database.serviceUrl);
  await noSessionLeft(owner);
  await expectNothingStuck(owner);
  return took;
}

const took = new Map<string, number[]>();
const cases = Object.keys(ways).flatMap((name) => [4, 5].map((phase) => ({ name, phase })))
  // in every run what no other test has
  .filter(({ name, phase }) => isMeasured || name === 'packets vanish' || (name === 'control plane killed' && phase === 4));

describe(`another session takes its place${isMeasured ? ' within 15 s' : ''}`, () => {
  for (const { name, phase } of cases) {
    test.skipIf(name === 'packets vanish' && noOtherMachine !== undefined)(`${name}, phase ${phase}`, async () => {
      for (let round = 1; round <= rounds; round += 1) {
        const key = `${name}, phase ${phase}`;
        took.set(key, [...took.get(key) ?? [], await loseSession(name, phase)]);
      }
    }, rounds * 120_000);
  }
});
