import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { afterAll, describe, expect, test } from 'vitest';
import { followEvents, type Sse, useApi } from '../support/api.ts';
import { endCommands, until } from '../support/cli.ts';
import { closeMonth, one, rowsOf, setSetting } from '../support/close.ts';
import { useDatabase } from '../support/database.ts';
import { expectNothingStuck } from '../support/disturbed.ts';
import { loadMotorMonth, motorFile } from '../support/transactions.ts';

afterAll(endCommands);

// The largest month that there is, imported, closed and read by HTTP alone, while it is disturbed;
// and the same month by psql's means alone.

const period = '2003-03';
const batchId = `${period}-MONTHEND`;

describe('the largest month', () => {
  const api = useApi();
  const byPsql = useDatabase();
  const batch = `/api/v1/batches/${batchId}`;
  let digest: unknown;

  const upload = async (kind: 'premiums' | 'claims'): Promise<Record<string, string>> => {
    const file = motorFile(kind, period);
    if (file === undefined) throw new Error(`no ${kind} of ${period}`);
    const response = await fetch(`${api.url}/api/v1/imports/${kind}?name=${kind}.csv.gz`, {
      method: 'POST', headers: { authorization: `Bearer ${api.keys.operator}` }, body: Readable.toWeb(createReadStream(file)), duplex: 'half',
    } as unknown as RequestInit);
    expect(response.status).toBe(200);
    return (await response.json()) as Record<string, string>;
  };
  /** Sessions of jobs that hold a worker: those of this application, or all. */
  const holders = async (application = ''): Promise<number[]> => (await rowsOf(api.owner, `
    select distinct a.pid from pg_stat_activity a join month_end.batch_worker_control w on w.lease_pid = a.pid
     where a.datname = current_database() and starts_with(a.application_name, $1)`, [application])).flat() as number[];

  test('is closed by HTTP alone, one session killed and one added in mid-run', async () => {
    // many short chunks, so that there is a middle
    await setSetting(api.owner, 'chunk_transactions', '256');
    // held open there: a session that comes to one of these chunks waits, its worker in its hands
    const middle = await api.database.session('owner');
    await middle.query(`begin; insert into month_end.chunk_balance
      select 1, n, account_id, currency_id, 0, 0, 0 from books.account, books.currency, generate_series(15, 165, 15) n`);
    expect(await upload('premiums')).toMatchObject({ loaded_count: '42626', rejected_count: '0' });
    expect(await upload('claims')).toMatchObject({ rejected_count: '0' });
    const opened = await api.call('POST', '/api/v1/batches', { body: { period, workers: 12, sessions: 2 }, headers: { 'idempotency-key': 'march' } });
    expect(opened.status).toBe(202);

    let checkpoints = 0;
    const midRun = Promise.withResolvers<void>();
    const following = followEvents(`${api.url}${batch}/events`, api.keys.viewer, '', (all) => {
      checkpoints = all.filter(({ event }) => event === 'CHECKPOINT').length;
      if (checkpoints >= 10) midRun.resolve();
      return false;
    });
    await midRun.promise;
    const [victim] = await until('a session holds a worker', async () => {
      const found = await holders('monthend month-end-session ');
      return found.length > 0 ? found : undefined;
    });
    expect(await one(api.owner, 'select pg_terminate_backend($1, 10000)', [victim])).toBe(true);
    expect((await api.call('POST', `${batch}/scale`, { body: { sessions: 3 } })).status).toBe(202);
    await until('the killed one is replaced, and one more is there', async () => {
      const found = await holders();
      return found.length === 3 && !found.includes(Number(victim)) ? true : undefined;
    }, { state: () => api.service.said().stderr.slice(-2_000) });
    await middle.query('rollback');

    const events: Sse[] = await following;
    expect(events[0]).toMatchObject({ event: 'OPENED' });
    expect(events.at(-1)).toMatchObject({ event: 'END', data: { status: 'COMPLETED' } });
    const stored = (await rowsOf(api.owner, 'select event_id::text as id from month_end.batch_event order by event_id')).flat();
    expect(events.slice(0, -1).map(({ data }) => String(data.event_id)).sort((a, b) => Number(a) - Number(b))).toEqual(stored);
    expect(checkpoints).toBe(await one(api.owner, 'select count(*)::integer from month_end.chunk'));

    const report = await api.call('GET', `${batch}/report`, { key: api.keys.viewer });
    expect(report.body).toMatchObject({ status: 'COMPLETED', transactions: { premium: 42626, rejected: 0 } });
    const balance = await api.call('GET', `/api/v1/trial-balance?period=${period}`, { key: api.keys.viewer });
    expect(balance.body).toMatchObject({ totals: [{ currency: 'EUR' }] });
    ({ digest } = report.body);
    expect(await rowsOf(api.owner, `select actor, outcome from month_end.audit_log where action = 'batch' order by audit_id limit 1`))
      .toEqual([['key 2 (operator)', 'OPENED']]);
  }, 300_000);

  test('nothing is stuck when the service has ended', async () => {
    api.service.kill('SIGTERM');
    expect(await api.service.ended).toMatchObject({ code: 0 });
    await expectNothingStuck(api.owner);
  });

  test('has the digest that psql alone gives', async () => {
    const session = await byPsql.session('operator');
    await loadMotorMonth(session, period);
    await closeMonth(session, period);
    expect(await one(session, 'select digest from month_end.batch')).toBe(digest);
  }, 300_000);
});
