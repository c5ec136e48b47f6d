import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exitCodes } from '../../../control/exit-codes.ts';
import { endCommands, type Ended, run, start, until } from '../../support/cli.ts';
import { bringTo, closeMonth, openBatch, rowsOf } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';
import { insertMonth } from '../../support/transactions.ts';

// Alerts and key figures by the command line; webhooks by a service and a receiver on the loopback.

interface Received { readonly headers: IncomingHttpHeaders; readonly body: string }

describe('alert and kpi', () => {
  const database = useDatabase();
  let owner: pg.Client;
  let answer = 200;
  const received: Received[] = [];
  const receiver = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => { body += text; }).on('end', () => {
      received.push({ headers: request.headers, body });
      response.writeHead(answer).end();
    });
  });
  const monthend = (...args: string[]): Promise<Ended> => run(database.serviceUrl, args);
  const committed = (days: number) => owner.query(
    `update month_end.staging_month_end_master set committed_at = now() - make_interval(days => $1) where committed_at is not null`, [days]);
  const deliveries = () => rowsOf(owner, `select n.kind, d.attempts, d.last_error, d.delivered_at is not null, d.given_up_at is not null
    from month_end.alert_delivery d join month_end.alert_notice n using (notice_id) order by n.notice_id`);

  afterAll(() => { endCommands(); receiver.close(); });
  beforeAll(async () => {
    owner = await database.session('owner');
    await insertMonth(owner, { period: '2003-01', premiums: 30, claims: 3 });
    await closeMonth(owner, '2003-01');
    receiver.listen(0, '127.0.0.1');
    await once(receiver, 'listening');
  });

  test('kpi: one batch by both clocks, all of them, or what is missing', async () => {
    const one = await monthend('kpi', '2003-01-MONTHEND', '--json');
    expect(JSON.parse(one.stdout)).toMatchObject({ batch_id: '2003-01-MONTHEND', transaction_count: 33, entry_count: 99, is_on_time: true, attempts: 1 });
    const text = await monthend('kpi', '2003-01-MONTHEND');
    expect(text.stdout).toMatch(/everything *\| processing/);
    expect(text.stdout).toContain('33 transactions, 0 rejected, 99 entries');
    const all = await monthend('kpi', '--compare');
    expect(all.stdout).toMatch(/2003-01-MONTHEND \| +33 \|/);
    expect(await monthend('kpi', '2003-02-MONTHEND')).toMatchObject({ code: exitCodes.runState, stdout: '' });
    expect(await monthend('kpi')).toMatchObject({ code: exitCodes.usage });
  });

  test('the commands of another ledger parse, name it, and help', async () => {
    await owner.query(`insert into books.ledger (ledger_id, code, name, currency_id) values (2, 'SECOND', 'Second ledger', 978);
      select month_end.open_batch('2003-01', 2);
      insert into month_end.alert (ledger_id, batch_no, alert, severity, detail, first_seen_at, opened_at)
      select 2, case when g.alert !~ 'SCHEDULE|CLOSE' then 2 end, g.alert, 'WARNING', case g.alert when 'SCHEDULE_MISSED' then '2003-01' end, now(), now()
        from month_end.alert_guide() g`);
    await owner.query('select pg_advisory_lock_shared(month_end.worker_lock_key(2, 0))');
    const commands = new Map((await rowsOf(owner, 'select alert, command from month_end.alerts where ledger_id = 2')) as [string, string][]);
    const type = (command: string) => monthend(...command.replace('./monthend ', '').split(' '));
    expect(commands.get('THROUGHPUT')).toBe('./monthend scale 2003-01-MONTHEND 8 --ledger 2');
    expect((await type(commands.get('THROUGHPUT') ?? '')).code).toBe(0);
    expect(await rowsOf(owner, 'select batch_no, sessions from month_end.batch_scale where batch_no > 1')).toEqual([[2, 8]]);
    const [scale = '', cancel = ''] = (await rowsOf(owner, `select command from month_end.alerts where alert = 'FINISH'`)).flat().join().split('    or: ');
    expect(scale).toBe('./monthend scale 2003-01-MONTHEND 16 --ledger 2');
    await owner.query('select pg_advisory_unlock_all()');
    expect([...commands.values()].filter((command) => !/ --ledger 2\b/.test(command))).toEqual([]);
    const { stdout } = await type(commands.get('BATCH_FAILED') ?? '');
    expect(stdout).toContain("Next: ./monthend resume 2003-01-MONTHEND --ledger 2    or in psql: call month_end.preflight('2003-01-MONTHEND', 2)");
    expect(await rowsOf(owner, `select fix from month_end.diagnose_batches() where subject = 'batch'`)).toEqual([
      ['./monthend resume 2003-01-MONTHEND --ledger 2, or: ./monthend cancel 2003-01-MONTHEND --ledger 2']]);
    expect((await type(cancel)).code).toBe(0);
    expect(await rowsOf(owner, 'select status from month_end.staging_month_end_master order by batch_no')).toEqual([['COMPLETED'], ['CANCELLED']]);
    await owner.query('delete from month_end.alert');
  });

  test('a batch on which nobody works is resumed, not scaled', async () => {
    await insertMonth(owner, { period: '2003-02', premiums: 300 });
    await openBatch(owner, '2003-02');
    await bringTo(owner, '2003-02-MONTHEND', 'PROCESSING');
    await owner.query(`insert into month_end.alert (ledger_id, batch_no, alert, severity, first_seen_at, opened_at)
      select 1, batch_no, unnest(array['THROUGHPUT', 'FINISH']), 'WARNING', now(), now() from month_end.find_batch('2003-02-MONTHEND')`);
    const commands = () => rowsOf(owner, 'select command from month_end.alerts order by alert desc');
    expect(await commands()).toEqual([['./monthend resume 2003-02-MONTHEND'], ['./monthend resume 2003-02-MONTHEND    or: ./monthend cancel 2003-02-MONTHEND']]);
    // one that is between two chunks is seen by the name of its job
    await owner.query(`set application_name = 'monthend month-end-session 1/2003-02-MONTHEND'`);
    expect((await commands())[0]).toEqual(['./monthend scale 2003-02-MONTHEND 8']);
    await owner.query('reset application_name');
    const [[resume = ''] = []] = (await commands()) as string[][];
    expect(await monthend(...resume.replace('./monthend ', '').split(' '))).toMatchObject({ code: 0 });
    expect(await rowsOf(owner, `select status from month_end.batch where batch_id = '2003-02-MONTHEND'`)).toEqual([['COMPLETED']]);
    await owner.query('select month_end.evaluate_alerts()');
    expect(await rowsOf(owner, 'select alert from month_end.alerts where is_open')).toEqual([]);
    await owner.query('delete from month_end.alert_notice; delete from month_end.alert');
  });

  test('rules are changed for all ledgers, or for one', async () => {
    expect((await monthend('alert', 'set', 'THROUGHPUT', '--ledger', '1', '--warning', '8000', '--off')).code).toBe(0);
    expect((await monthend('alert', 'set', 'THROUGHPUT', '--ledger', '1', '--critical', '5000')).code).toBe(0);
    const rules = JSON.parse((await monthend('alert', 'rules', '--json')).stdout) as { alert: string }[];
    expect(rules.filter(({ alert }) => alert === 'THROUGHPUT')).toMatchObject([
      { ledger_id: null, warning: 4000, critical: 2000, is_enabled: true }, { ledger_id: 1, warning: 8000, critical: 5000, hold_seconds: 10, is_enabled: false },
    ]);
    expect((await monthend('alert', 'set', 'NONE')).code).toBe(exitCodes.usage);
    expect(await rowsOf(owner, `select action, object from month_end.audit_log where action = 'alert rule' or object = 'THROUGHPUT'`)).not.toEqual([]);
  });

  test('an alert is sent, signed, again where it failed, and given up at last', async () => {
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
    expect(await monthend('alert', 'webhook', 'add', 'file:///etc/passwd')).toMatchObject({ code: exitCodes.validation });
    const added = await monthend('alert', 'webhook', 'add', url);
    const secret = added.stdout.trim();
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const service = start(database.serviceUrl, ['service', '--sessions', '1']);

    answer = 500;
    await committed(36);
    const first = await until('it is told of the alert', () => received[0], { state: service.said });
    const { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': signature } = first.headers;
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
    expect(signature).toBe(`v1,${createHmac('sha256', key).update(`${String(id)}.${String(seconds)}.${first.body}`).digest('base64')}`);
    expect(Math.abs(Date.now() / 1000 - Number(seconds))).toBeLessThan(60);
    expect(JSON.parse(first.body)).toMatchObject({ schema: 'monthend.alert/1', type: 'alert.opened', data: { alert: 'CLOSE_OVERDUE', severity: 'WARNING', value: 36 } });
    await until('the failure is noted', async () => ((await deliveries())[0]?.[2] === 'HTTP 500' ? true : undefined));

    answer = 204;
    await owner.query(`update pgboss.job set start_after = now() where name = 'month-end-alert' and state = 'retry'`);
    await until('it is delivered', async () => ((await deliveries())[0]?.[3] === true ? true : undefined));
    expect(received[1]?.body).toBe(first.body);
    expect(received[1]?.headers['webhook-id']).toBe(id);
    expect(await deliveries()).toEqual([['OPENED', 2, null, true, false]]);
    const listed = await monthend('alert', 'list', '--open');
    expect(listed.stdout).toMatch(/OPEN +WARNING CLOSE_OVERDUE +36 days, threshold 35\n.*longer than a month\n +\.\/monthend schedule show/);

    answer = 500;
    await committed(0);
    await until('its end failed to be told', async () => ((await deliveries())[1]?.[2] === 'HTTP 500' ? true : undefined));
    await until('the job waits for its retry', async () => (await owner.query(
      `update pgboss.job set start_after = now(), retry_limit = 1 where name = 'month-end-alert' and state = 'retry'`)).rowCount === 1 || undefined);
    await until('it is given up', async () => ((await deliveries())[1]?.[4] === true ? true : undefined));
    expect(JSON.parse(received.at(-1)?.body ?? '')).toMatchObject({ type: 'alert.cleared', data: { is_open: false } });
    await until('it is in the dead letter queue', async () =>
      ((await owner.query(`select from pgboss.job where name = 'month-end-alert-dead'`)).rowCount === 1 ? true : undefined));
    const [webhook] = JSON.parse((await monthend('alert', 'webhook', 'list', '--json')).stdout) as object[];
    expect(webhook).toMatchObject({ webhook_id: 1, url, delivered: 1, waiting: 0, given_up: 1, last_error: 'HTTP 500' });
    expect(JSON.stringify(webhook)).not.toContain(secret);

    expect((await monthend('alert', 'webhook', 'remove', '1')).code).toBe(0);
    expect((await monthend('alert', 'webhook', 'remove', '1')).code).toBe(exitCodes.validation);
    expect(await rowsOf(owner, 'select secret from month_end.alert_webhook')).toEqual([['']]);
    service.kill('SIGTERM');
    await service.ended;
  });
});
