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
  /** Sessions of the service, besides the one of its run, that hold a worker. */
  const sessions = async (): Promise<number[]> => (await rowsOf(api.owner, `
    select a.pid from pg_stat_activity a join month_end.batch_worker_control w on w.lease_pid = a.pid
     where a.datname = current_database() and a.application_name = $1`, [`monthend month-end-session ${batchId}`])).flat() as number[];

  test('is closed by HTTP alone, one session killed and one added in mid-run', async () => {
    // many short chunks, so that there is a middle
    await setSetting(api.owner, 'chunk_transactions', '256');
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
    const added = await api.database.session('operator', 'an added psql');
    const joined = added.query('call month_end.work($1)', [batchId]);
    const [victim] = await until('a session has a worker', async () => {
      const found = await sessions();
      return found.length > 0 ? found : undefined;
    }, { state: sessions });
    expect(await one(api.owner, 'select pg_terminate_backend($1, 10000)', [victim])).toBe(true);
    await until('the added one has a worker', async () => (await rowsOf(api.owner,
      `select from month_end.batch_worker_control where leased_by like '%an added psql%'`)).length > 0 || undefined);
    await joined;

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
      .toEqual([['key operator', 'OPENED']]);
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
