import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exitCodes } from '../../../control/exit-codes.ts';
import { endCommands, start, until } from '../../support/cli.ts';
import { batchOf, bringTo, errorOf, one, openBatch, rowsOf, setSetting } from '../../support/close.ts';
import {
  batchId, blockOf, expectNothingStuck, expectWholeMonth, fillMonth, holdIn, noSessionLeft, period, undisturbedDigest,
} from '../../support/disturbed.ts';
import { usePrivateServer } from '../../support/private-server.ts';

// A backend that the operating system has stopped in the middle of a chunk: it holds what it holds, can't
// be ended, and goes on when others have long done its work. Its tables are free, for phase 5, when it is.

const server = usePrivateServer();
let digest: string;

beforeAll(async () => {
  const database = await server.database();
  digest = await undisturbedDigest(await database.session());
});
afterAll(endCommands);

const chunkDone = (owner: pg.Client, chunk: number): Promise<true> => until(`chunk ${chunk} is done by another`, async () =>
  (await one<boolean>(owner, 'select completed_at is not null from month_end.chunk where chunk_no = $1', [chunk])) || undefined);

const noLockAwaited = (owner: pg.Client, pid: number): Promise<true> => until('it waits for no lock', async () =>
  (await one<boolean>(owner, 'select not exists (select from pg_locks where pid = $1 and not granted)', [pid])) || undefined);

test('a session of a job: replaced, ended as it wakes up', async () => {
  const database = await server.database();
  const owner = await database.session();
  await fillMonth(owner);
  await setSetting(owner, 'session_hung_seconds', '2');
  const { close, waiting, release } = await holdIn(blockOf(4), database.session, owner, () =>
    start(database.serviceUrl, ['close', period, '--workers', '4', '--sessions', '2', '--json']));
  process.kill(waiting.pid, 'SIGSTOP');
  await release();
  await noLockAwaited(owner, waiting.pid);
  await chunkDone(owner, 5);
  expect(await rowsOf(owner, `select message like '%: M4003 process ${waiting.pid} made no checkpoint%' from month_end.batch_event
    where kind = 'WORKER_PENDING'`)).toEqual([[true]]);
  process.kill(waiting.pid, 'SIGCONT');
  const ended = await close.ended;
  expect(ended).toMatchObject({ code: exitCodes.ok });
  expect(JSON.parse(ended.stdout)).toMatchObject({ status: 'COMPLETED', digest });
  await expectWholeMonth(owner, digest);
  await noSessionLeft(owner);
  await expectNothingStuck(owner);
});

test('a session that hangs in an index build of phase 5: ended, and another builds it', async () => {
  const database = await server.database();
  const owner = await database.session();
  await fillMonth(owner);
  await setSetting(owner, 'step_hung_seconds', '2');
  await owner.query(`
    create sequence public.step; grant usage on sequence public.step to public;
    create function public.hang() returns event_trigger language plpgsql as $$
    begin
      if exists (select from month_end.staging_month_end_master where status = 'PROCESSED') and nextval('public.step') = 1 then
        perform pg_sleep(600);
      end if;
    end $$;
    create event trigger hang on ddl_command_start execute function public.hang()`);
  const close = start(database.serviceUrl, ['close', period, '--workers', '4', '--sessions', '1', '--json']);
  await until('it hangs', async () => (await one<boolean>(owner, 'select is_called from public.step')) || undefined, { state: close.said });
  const ended = await close.ended;
  expect(ended).toMatchObject({ code: exitCodes.ok });
  expect(JSON.parse(ended.stdout)).toMatchObject({ status: 'COMPLETED', digest });
  expect(await one(owner, `select retry_count from pgboss.job where name = 'month-end-run'`)).toBe(1);
  await expectWholeMonth(owner, digest);
  await noSessionLeft(owner);
  await expectNothingStuck(owner);
});

test('a psql that nobody may end: what it does with its old lease fails and changes nothing', async () => {
  const database = await server.database();
  const [owner, stale, holder] = [await database.session(), await database.session(), await database.session()];
  await fillMonth(owner);
  await setSetting(owner, 'session_hung_seconds', '2');
  await openBatch(owner, period, { workers: 4 });
  await bringTo(owner, batchId, 'PROCESSING');
  const { batch_no: no } = await batchOf(owner, batchId);
  const { rows: [lease] } = await stale.query<{ worker_id: number; lease_token: string }>('select * from month_end.claim_worker($1)', [no]);
  const pid = await one<number>(stale, 'select pg_backend_pid()');
  const chunk = await one<number>(owner, 'select first_chunk from month_end.batch_worker_control where worker_id = $1', [lease?.worker_id]);
  await holder.query('begin');
  await holder.query(`insert into month_end.chunk_balance select $1, $2, account_id, currency_id, 0, 0, 0 from books.account, books.currency`, [no, chunk]);
  const waking = errorOf(stale.query('select month_end.process_chunk($1, $2, $3, $4)', [no, lease?.worker_id, chunk, lease?.lease_token]));
  await until('it waits', async () => (await one<boolean>(owner, 'select exists (select from pg_locks where pid = $1 and not granted)', [pid])) || undefined);
  process.kill(pid, 'SIGSTOP');
  await holder.query('rollback');
  await noLockAwaited(owner, pid);

  const resume = start(database.serviceUrl, ['resume', batchId, '--sessions', '2', '--json']);
  await chunkDone(owner, chunk);
  const figures = () => rowsOf(owner, `select chunk_no, completed_at::text, encode(sha256(convert_to(block_hashes::text, 'UTF8')), 'hex')
    from month_end.chunk where chunk_no = $1`, [chunk]);
  const before = await figures();
  process.kill(pid, 'SIGCONT');
  // two copies of a chunk don't fit into its balances either; whichever it meets first
  expect(['M1007', '23505']).toContain((await waking).code);
  expect(await figures()).toEqual(before);
  await stale.end();
  const ended = await resume.ended;
  expect(ended).toMatchObject({ code: exitCodes.ok });
  expect(JSON.parse(ended.stdout)).toMatchObject({ status: 'COMPLETED', digest });
  await expectWholeMonth(owner, digest);
  await noSessionLeft(owner);
  await expectNothingStuck(owner);
});
