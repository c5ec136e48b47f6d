import { afterAll, describe, expect, test } from 'vitest';
import { makeKey } from '../../../control/access.ts';
import { connect } from '../../../control/server/index.ts';
import { useApi } from '../../support/api.ts';
import { endCommands, start, until } from '../../support/cli.ts';
import { withDatabase } from '../../support/logins.ts';
import { promtool, seriesOf, typesOf } from '../../support/metrics.ts';
import { insertMonth, insertPremium } from '../../support/transactions.ts';

afterAll(endCommands);

const secret = 'POL-SECRET-4711';

describe('the metrics and the log of a service', () => {
  const api = useApi({ env: () => ({ LOG_LEVEL: 'debug' }) });
  const scrape = async (url = api.url, key = api.keys.viewer): Promise<{ status: number; text: string; type: string | null }> => {
    const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${key}` } });
    return { status: response.status, text: await response.text(), type: response.headers.get('content-type') };
  };

  test('are for keys of any role, and for nobody else', async () => {
    expect((await fetch(`${api.url}/metrics`)).status).toBe(401);
    expect((await scrape(api.url, makeKey())).status).toBe(401);
    for (const key of [api.keys.viewer, api.keys.operator]) expect((await scrape(api.url, key)).status).toBe(200);
    expect((await scrape()).type).toMatch(/^text\/plain; version=0\.0\.4/);
  });

  test('have the close, as the database has it; a second service says the same', async () => {
    await api.owner.query(`update month_end.setting set value = '256' where name = 'chunk_transactions'`);
    await insertMonth(api.owner, { period: '2003-06', premiums: 900, claims: 90 });
    await insertPremium(api.owner, { id: 'unfit', date: '2003-06-01', product: 'NONE', policy: secret });
    const opened = await api.call('POST', '/api/v1/batches', { body: { period: '2003-06', sessions: 2 } });
    expect(opened.status).toBe(202);
    await until('the batch is complete', async () =>
      ((await api.call('GET', '/api/v1/batches/2003-06-MONTHEND')).body.status === 'COMPLETED' ? true : undefined));
    // what is a second old is served again
    const text = await until('the scrape has it', async () => {
      const { text: got } = await scrape();
      return seriesOf(got).get('monthend_batches_ended_total{ledger="1",status="completed"}') === 1 ? got : undefined;
    });
    const series = seriesOf(text);
    expect(series.get('monthend_posted_transactions_total{ledger="1"}')).toBe(990);
    expect(series.get('monthend_rejected_transactions_total{ledger="1"}')).toBe(1);
    expect(series.get('monthend_chunk_duration_seconds_bucket{le="+Inf",ledger="1"}'))
      .toBe(series.get('monthend_chunk_duration_seconds_count{ledger="1"}'));
    expect(series.get('monthend_ready')).toBe(1);
    expect(series.get('monthend_jobs{queue="month-end-run",state="ready"}')).toBe(0);
    expect(series.get('monthend_http_request_duration_seconds_count{method="POST",route="/api/v1/batches",status="202"}')).toBe(1);
    expect(series.has('process_resident_memory_bytes')).toBe(true);

    const other = start(api.database.serviceUrl, ['serve', '--port', '0', '--sessions', '1']);
    const url = new URL(await until('the link is printed', () => /http\S+/.exec(other.said().stdout)?.[0])).origin;
    const again = seriesOf((await scrape(url)).text);
    const ofDatabase = /^monthend_(chunk|posted|rejected|batches_ended|last_close|worker_leases)/;
    expect([...again].filter(([name]) => ofDatabase.test(name))).toEqual([...series].filter(([name]) => ofDatabase.test(name)));
    other.kill('SIGTERM');
    await other.ended;
  });

  test('have names and types as Prometheus wants them, and few series', async () => {
    const { text } = await scrape();
    const types = typesOf(text);
    const ours = [...types].filter(([name]) => name.startsWith('monthend_'));
    expect(ours.length).toBeGreaterThan(30);
    for (const [name, type] of ours) expect(name.endsWith('_total'), name).toBe(type === 'counter');
    expect(types.get('monthend_chunk_duration_seconds')).toBe('histogram');
    expect([...seriesOf(text).keys()].filter((name) => name.startsWith('monthend_') && !name.includes('_http_')).length).toBeLessThan(100);
    expect(text).not.toMatch(/2003-06|MONTHEND/);
    const checked = promtool(['check', 'metrics'], { input: text });
    if (checked === undefined) console.error('Skipped: promtool check metrics (promtool is not installed).');
    else expect(checked.said.split('\n').filter((line) => line.startsWith('monthend_'))).toEqual([]);
  });

  test('paths of nobody make no series', async () => {
    for (let n = 0; n < 20; n += 1) await fetch(`${api.url}/nothing/${n}`);
    const routes = [...seriesOf((await scrape()).text).keys()].filter((name) => name.includes('_http_') && name.includes('404'));
    expect(new Set(routes.map((name) => /route="([^"]*)"/.exec(name)?.[1]))).toEqual(new Set(['none']));
  });

  test('the log is JSON, a line each, with batch, session and worker, and without keys or policies', () => {
    const { stderr } = api.service.said();
    const lines = stderr.trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.length).toBeGreaterThan(8);
    for (const line of lines) expect(line).toMatchObject({ service: 'monthend', time: expect.any(String) as string, level: expect.stringMatching(/debug|info|warn|error/) as string });
    expect(lines.find(({ part, queue }) => part === 'job' && queue === 'month-end-run'))
      .toMatchObject({ batch: '2003-06-MONTHEND', ledger: 1, attempt: 1, session: expect.any(Number) as number });
    expect(lines.filter(({ part }) => part === 'batch').map(({ event }) => event)).toContain('COMPLETED');
    expect(lines.find(({ event }) => event === 'CHECKPOINT'))
      .toMatchObject({ level: 'debug', batch: '2003-06-MONTHEND', worker: expect.any(Number) as number });
    expect(lines.find(({ part, method }) => part === 'http' && method === 'POST'))
      .toMatchObject({ route: '/api/v1/batches', status: 202, request: expect.stringMatching(/^[\w-]{36}$/) as string });
    for (const hidden of [secret, 'POL-', ...Object.values(api.keys), new URL(api.login).searchParams.get('token') ?? '?']) {
      expect(stderr).not.toContain(hidden);
    }
  });

  test('a scrape tells of a database that is away', async () => {
    await scrape();
    const name = api.database.name;
    const admin = await connect({ url: withDatabase(api.database.adminUrl, 'postgres'), applicationName: 'test' });
    await admin.query(`alter database ${name} allow_connections false`);
    await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()`, [name]);
    await until('it is not ready, and tells nothing of the database', async () => {
      const { status, text } = await scrape();
      return status === 200 && seriesOf(text).get('monthend_ready') === 0 && !text.includes('monthend_posted_entries_total{') ? true : undefined;
    });
    expect((await scrape(api.url, api.keys.operator)).status).toBeGreaterThanOrEqual(500); // it was not the last to scrape
    await admin.query(`alter database ${name} allow_connections true`);
    await admin.end();
    await until('it is back', async () => (seriesOf((await scrape()).text).get('monthend_ready') === 1 ? true : undefined));
  });
});
