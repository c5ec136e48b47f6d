import type pg from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { recordRequest } from '../../../control/database/access.ts';
import { errorOf, openBatch, rowsOf } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';
import { insertMonth } from '../../support/transactions.ts';

describe('the audit log', () => {
  const database = useDatabase();
  let owner: pg.Client;
  let operator: pg.Client;
  let service: pg.Client;
  const claim = `select set_config('monthend.actor', 'key 1 (somebody)', false), set_config('monthend.address', '192.0.2.1', false)`;
  const last = async (count = 1): Promise<unknown[][]> => (await rowsOf(owner, `select actor, login, address, client_address, action, object, outcome
    from month_end.audit_log order by audit_id desc limit $1`, [count])).toReversed();
  const login = async (session: pg.Client): Promise<string> => String((await rowsOf(session, 'select session_user'))[0]?.[0]);

  beforeAll(async () => {
    owner = await database.session('owner');
    operator = await database.session('operator');
    service = await database.session('service');
  });

  test('takes the name of a caller from the service alone, and the address of a session from nobody', async () => {
    for (const session of [operator, service]) await session.query(claim);
    await operator.query(`select month_end.open_batch('2003-05')`);
    const address = String((await rowsOf(operator, 'select host(inet_client_addr())'))[0]?.[0]);
    const name = await login(operator);
    expect(await last()).toEqual([[name, name, address, null, 'batch', '1/2003-05-MONTHEND attempt 1', 'OPENED']]);
    await service.query(`select month_end.open_batch('2003-06')`);
    expect(await last()).toEqual([['key 1 (somebody)', await login(service), address, '192.0.2.1', 'batch', '1/2003-06-MONTHEND attempt 1', 'OPENED']]);
    await operator.query('reset monthend.actor; reset monthend.address');
    await service.query('reset monthend.actor; reset monthend.address');
  });

  test('lets no login add what has not happened, but the service what it was asked', async () => {
    for (const role of ['viewer', 'auditor', 'operator', 'approver'] as const) {
      const session = await database.session(role);
      for (const statement of [`select month_end.record_audit('batch', 'x', 'OPENED')`, `select month_end.record_request('key 1', '::1', 'GET /', 'DONE')`]) {
        expect(await errorOf(session.query(statement)), `${role}: ${statement}`).toMatchObject({ code: '42501' });
      }
    }
    expect(await errorOf(service.query(`select month_end.record_audit('batch', 'x', 'OPENED')`))).toMatchObject({ code: '42501' });
    await recordRequest(service, { name: 'token jane', role: 'viewer', address: '192.0.2.2' }, 'GET /x', 'REFUSED');
    expect(await last()).toMatchObject([['token jane', await login(service), expect.anything(), '192.0.2.2', 'request', 'GET /x', 'REFUSED']]);
  });

  test('has every change that psql makes', async () => {
    const name = await login(operator);
    await operator.query(`select month_end.set_schedule(p_time_zone => 'UTC')`);
    await operator.query(`select month_end.set_schedule(p_time_zone => 'Europe/Berlin')`);
    await operator.query(`select month_end.set_schedule_exception('2099-12-31', 'SKIP', 'audit')`);
    await operator.query(`select month_end.set_schedule_exception('2099-12-31', 'RUN')`);
    expect((await last(4)).map(([actor, , , , ...what]) => [actor, ...what])).toEqual([
      [name, 'schedule', '1', 'ADDED'], [name, 'schedule', '1', 'CHANGED'],
      [name, 'schedule exception', '1/2099-12', 'ADDED'], [name, 'schedule exception', '1/2099-12', 'REMOVED'],
    ]);
    await owner.query(`update month_end.setting set value = '6' where name = 'chunk_attempts'`);
    await owner.query(`update month_end.setting set value = '6' where name = 'chunk_attempts'`);
    expect(await rowsOf(owner, `select object, outcome, detail->>'value' from month_end.audit_log where action = 'setting'`))
      .toEqual([['chunk_attempts', 'CHANGED', '6']]);
    const admin = await database.session('admin');
    await admin.query(`select books.store_rule_set('PREMIUM', '2050-01-01', $1)`,
      [JSON.stringify([{ code: 'P1', debit: [{ account: '1110', share: '1', control: true }], credit: [{ account: '5010', share: '1' }] }])]);
    expect(await last()).toMatchObject([[await login(admin), await login(admin), expect.anything(), null, 'rule set', expect.stringMatching(/^1\/1\/\d$/), 'ADDED']]);
  });

  test('has workers that get another try', async () => {
    await insertMonth(owner, { period: '2003-08', premiums: 20 });
    const batch = await openBatch(owner, '2003-08');
    for (const phase of ['call month_end.preflight($1)', 'select month_end.allocate_numbers($1)', 'select month_end.launch_workers($1)']) await owner.query(phase, [batch]);
    await owner.query(`update month_end.batch_worker_control set status = 'FAILED' where worker_id = 1`);
    await operator.query('select month_end.retry_failed_workers($1)', [batch]);
    expect(await last()).toMatchObject([[await login(operator), await login(operator), expect.anything(), null, 'batch', '1/2003-08-MONTHEND attempt 1', 'RETRIED']]);
  });
});
