import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exitCodes } from '../../control/exit-codes.ts';
import { endCommands, start, until } from '../support/cli.ts';
import { closeMonth, batchOf, errorOf, one, rowsOf, setSetting } from '../support/close.ts';
import { useDatabase } from '../support/database.ts';
import { insertMonth } from '../support/transactions.ts';

// Plain sessions that join a running close, do a part of it, and leave in the middle of it.

const period = '2005-06';
const batchId = `${period}-MONTHEND`;
let digest: string;

async function fill(owner: pg.Client): Promise<void> {
  await insertMonth(owner, { period, premiums: 21_000, claims: 9_000, negativeEvery: 11 });
  await setSetting(owner, 'chunk_transactions', '512');
}

afterAll(endCommands);

describe('alone', () => {
  const database = useDatabase();
  beforeAll(async () => {
    const owner = await database.session('owner');
    await fill(owner);
    await closeMonth(owner, period);
    digest = (await batchOf(owner, batchId)).digest ?? '';
  });
  test('one session gives a digest', () => expect(digest).toMatch(/^[0-9a-f]{64}$/));
});

describe('a close with one session', () => {
  const database = useDatabase();
  let owner: pg.Client;
  beforeAll(async () => {
    owner = await database.session('owner');
    await fill(owner);
  });

  /** The worker that a session works on, seen when it has finished a chunk of it. */
  const seenWorking = (pid: number): Promise<number> => until('the session has a worker and a checkpoint', async () => {
    const [found] = await rowsOf(owner, `
      select worker_id from month_end.batch_worker_control
       where lease_pid = $1 and status = 'RUNNING' and checkpoint is not null`, [pid]);
    return found?.[0] as number | undefined;
  });

  test('is helped by others; one is cancelled, one is disconnected, and nothing is lost', async () => {
    // chunk 40 of 59 waits, so that the close can't be over before all have come and gone
    const holder = await database.session('owner');
    await holder.query('begin');
    await holder.query(`insert into month_end.chunk_balance
      select 1, 40, account_id, currency_id, 0, 0, 0 from books.account, books.currency`);
    const close = start(database.serviceUrl, ['close', period, '--workers', '12', '--sessions', '1', '--json']);
    await until('the batch is being processed', async () => (await one(owner, `
      select exists (select from month_end.batch where status = 'PROCESSING')`)) || undefined, { state: close.said });

    const pidOf = (session: pg.Client) => one<number>(session, 'select pg_catalog.pg_backend_pid()');
    const join = async () => {
      const session = await database.session('operator', 'psql');
      // without it a backend whose client is gone works on until the batch is staged: no harm, but no test
      await session.query(`set client_connection_check_interval = '500ms'`);
      const pid = await pidOf(session);
      return { session, pid, working: errorOf(session.query(`call month_end.work('${batchId}')`)).catch(() => undefined) };
    };
    const [cancelled, lost, staying] = [await join(), await join(), await join()];
    const workers = new Map<number, number>();
    for (const { pid } of [cancelled, lost]) workers.set(pid, await seenWorking(pid));
    expect(await one(owner, 'select pg_catalog.pg_cancel_backend($1)', [cancelled.pid])).toBe(true);
    expect(await cancelled.working).toMatchObject({ code: '57014' });
    lost.session.connection.stream.destroy(); // as a broken line does
    await until('the server has noticed', async () => (await one(owner, `
      select not exists (select from pg_catalog.pg_stat_activity where pid = $1)`, [lost.pid])) || undefined);
    // the one that was cancelled is still there and holds no lease
    expect(await one(owner, `select count(*)::integer from pg_catalog.pg_locks where locktype = 'advisory' and pid = $1`, [cancelled.pid])).toBe(0);
    await holder.query('rollback');
    expect(await staying.working).toBe(undefined); // ended without an error

    const ended = await close.ended;
    expect(ended).toMatchObject({ code: exitCodes.ok });
    expect(JSON.parse(ended.stdout)).toMatchObject({ status: 'COMPLETED', digest, transactions: { posted: 30_000 } });
    expect(new Set(workers.values()).size).toBe(2);
    expect(await rowsOf(owner, `
      select count(*)::integer, count(distinct je_id)::integer, min(je_id % 10000000000)::integer, max(je_id % 10000000000)::integer
        from ledger.journal_entry_header`)).toEqual([[90_000, 90_000, 1, 90_000]]);
    const finished = await rowsOf(owner, `
      select worker_id from month_end.batch_worker_control where worker_id = any ($1) and processed_count = transaction_count
       order by worker_id`, [[...workers.values()]]);
    expect(finished.flat()).toEqual([...workers.values()].sort((one, other) => one - other));
  });
});
