import type pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { exitCodes } from '../../../control/exit-codes.ts';
import { endCommands, run, type Running, start, until } from '../../support/cli.ts';
import { batchOf, one, rowsOf, setSetting } from '../../support/close.ts';
import { type TestDatabase, useDatabase } from '../../support/database.ts';
import {
  batchId, blockOf, expectNothingStuck, expectWholeMonth, fillMonth, holdIn, noSessionLeft, period, useUndisturbed,
} from '../../support/disturbed.ts';
import { useJobs } from '../../support/jobs.ts';

// Sessions of batches come and go while several control planes share the work.

const undisturbed = useUndisturbed();
const jobs = useJobs();
const posting = blockOf(4);
afterAll(endCommands);

const service = (database: TestDatabase, sessions = 2): Running =>
  start(database.serviceUrl, ['service', '--sessions', String(sessions)]);

const sessionsOf = (owner: pg.Client): Promise<unknown[][]> => rowsOf(owner, `
  select pid, kind from month_end.batch_session where kind <> 'other' order by kind, pid`);

const completed = (owner: pg.Client, services: readonly Running[]): Promise<true> => until('the batch is completed', async () =>
  ((await batchOf(owner, batchId)).status === 'COMPLETED' ? true : undefined), { state: () => services.map((each) => each.said()) });

const jobsDone = (owner: pg.Client): Promise<true> => until('no job is left', async () => ((await one(owner, `
  select count(*)::integer from pgboss.job where state < 'completed' and data->>'batchId' = $1`, [batchId])) === 0 ? true : undefined));

interface Month {
  readonly database: TestDatabase;
  owner: pg.Client;
  readonly services: Running[];
}

function useMonth(): Month {
  const database = useDatabase();
  const month: Month = { database, owner: undefined as unknown as pg.Client, services: [] };
  beforeAll(async () => {
    month.owner = await database.session('owner');
    await fillMonth(month.owner);
  });
  afterEach(async () => {
    await jobs.leave(database.serviceUrl);
    for (const each of month.services.splice(0)) each.kill('SIGKILL');
  });
  return month;
}

const expectAllWell = async ({ database, owner, services }: Month): Promise<void> => {
  await completed(owner, services);
  await jobsDone(owner);
  await expectWholeMonth(owner, undisturbed());
  for (const each of services) each.kill('SIGTERM');
  for (const each of services) expect(await each.ended).toMatchObject({ code: exitCodes.ok });
  await jobs.leave(database.serviceUrl);
  await noSessionLeft(owner);
  await expectNothingStuck(owner);
};

describe('scale', () => {
  const month = useMonth();
  test('gives a running batch sessions and takes them away; a psql comes and goes as it likes', async () => {
    const { database, owner, services } = month;
    services.push(service(database, 3), service(database, 3));
    const { release } = await holdIn(posting, () => database.session('owner'), owner, () => {
      void jobs.close(database.serviceUrl, owner, period, { sessions: 1 });
      return services[0] as Running;
    });
    const helper = await database.session('operator', 'psql');
    const helping = helper.query('call month_end.work($1)', [batchId]);
    for (const wanted of [4, 2, 5, 1]) {
      const scaled = await run(database.serviceUrl, ['scale', batchId, String(wanted)]);
      expect(scaled).toMatchObject({ code: exitCodes.ok, stderr: '' });
      await until(`it has ${wanted} sessions`, async () => ((await sessionsOf(owner)).length === wanted ? true : undefined),
        { state: () => services.map((each) => each.said()) });
      expect((await sessionsOf(owner)).filter(([, kind]) => kind === 'run')).toHaveLength(1);
    }
    await release();
    await helping;
    await helper.end();
    await expectAllWell(month);
    expect(await run(database.serviceUrl, ['scale', batchId, '2'])).toMatchObject({ code: exitCodes.runState, stdout: '' });
    expect(await run(database.serviceUrl, ['scale', batchId, '0'])).toMatchObject({ code: exitCodes.usage, stdout: '' });
  });
});

describe('a control plane that is stopped and goes on', () => {
  const month = useMonth();
  test('is replaced after session_hung_seconds, and changes nothing when it wakes up', async () => {
    const { database, owner, services } = month;
    await setSetting(owner, 'session_hung_seconds', '2');
    services.push(service(database));
    const { release } = await holdIn(posting, () => database.session('owner'), owner, () => {
      void jobs.close(database.serviceUrl, owner, period, { sessions: 1 });
      return services[0] as Running;
    });
    services[0]?.kill('SIGSTOP');
    services.push(service(database));
    await release(); // its backend posts to the end of phase 5, and nobody reads what it says
    await completed(owner, services);
    services[0]?.kill('SIGCONT');
    await expectAllWell(month);
  });
});

describe('a job that expires', () => {
  const month = useMonth();
  test('has its SQL ended before it is tried again', async () => {
    const { database, owner, services } = month;
    services.push(service(database));
    const { waiting, release } = await holdIn(posting, () => database.session('owner'), owner, () => {
      void jobs.close(database.serviceUrl, owner, period, { sessions: 1, expireInSeconds: 4 });
      return services[0] as Running;
    });
    const runs = (): Promise<unknown[][]> => rowsOf(owner, `
      select pid, wait_event_type = 'Lock' from pg_stat_activity where datname = current_database() and starts_with(application_name, 'monthend month-end-run ')`);
    let seen: unknown[] = [waiting.pid];
    await until('two further attempts', async () => {
      const now = await runs();
      // never two of them at work: each would wait for the lock that is held
      expect(now.filter(([, isWaiting]) => isWaiting === true).length).toBeLessThan(2);
      seen = [...new Set([...seen, ...now.map(([pid]) => pid)])];
      return seen.length >= 3 ? true : undefined;
    });
    await release();
    await expectAllWell(month);
  });
});

describe('an operator who withdraws a close', () => {
  const month = useMonth();
  test('is obeyed: no other control plane takes it over, until it is resumed', async () => {
    const { database, owner, services } = month;
    services.push(service(database, 3));
    const { close, release } = await holdIn(posting, () => database.session('owner'), owner, () =>
      start(database.serviceUrl, ['close', period, '--workers', '4', '--sessions', '3']));
    await until('it has three sessions', async () => ((await sessionsOf(owner)).length === 3 ? true : undefined));
    close.kill('SIGINT');
    expect(await close.ended).toMatchObject({ code: exitCodes.interrupted });
    await until('its sessions are gone', async () => ((await sessionsOf(owner)).length === 0 ? true : undefined));
    await jobsDone(owner);
    await new Promise((resolve) => setTimeout(resolve, 8_000)); // longer than a lost session is waited for
    expect(await sessionsOf(owner)).toEqual([]);
    expect(await batchOf(owner, batchId)).toMatchObject({ status: 'PROCESSING' });
    await release();
    expect(await run(database.serviceUrl, ['resume', batchId, '--sessions', '2'])).toMatchObject({ code: exitCodes.ok });
    await expectAllWell(month);
  });
});
