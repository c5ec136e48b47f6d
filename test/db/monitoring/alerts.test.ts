import type pg from 'pg';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bringTo, closeMonth, errorOf, one, openBatch, rowsOf, setSetting } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';
import { insertMonth, insertPremium } from '../../support/transactions.ts';

// Each alert is made to fire and seen to clear, by a clock of the test's own.

describe('alerts', () => {
  const database = useDatabase();
  const batch = '2003-05-MONTHEND';
  let owner: pg.Client;
  let no = 0;
  let clock = Date.UTC(2030, 0, 1);

  const later = (seconds: number): void => { clock += seconds * 1000; };
  const evaluate = (batchNo: number | null = no): Promise<number> =>
    one(owner, 'select month_end.evaluate_alerts($1, $2)', [batchNo, new Date(clock)]);
  /** What the last sample of the batch says. */
  const sample = (values: { rate?: number; left?: number; phase?: number }): Promise<unknown> => {
    later(1);
    return owner.query(
      `insert into month_end.batch_sample (batch_no, sampled_at, phase, processed_count, transactions_per_second, seconds_left, server)
       values ($1, $2, $3, 0, $4, $5, '{}')`,
      [no, new Date(clock), values.phase ?? 4, values.rate ?? null, values.left ?? null]);
  };
  const open = (): Promise<unknown[][]> =>
    rowsOf(owner, 'select alert, severity, value::float, threshold::float from month_end.alerts where is_open order by alert');
  const notices = (alert: string): Promise<unknown[][]> =>
    rowsOf(owner, `select n.kind from month_end.alert_notice n join month_end.alert a using (alert_id) where a.alert = $1 order by n.notice_id`, [alert]);

  beforeAll(async () => {
    owner = await database.session('owner');
    await setSetting(owner, 'chunk_transactions', '256');
    await owner.query(`insert into month_end.alert_rule (ledger_id, alert, warning, critical, least_transactions, hold_seconds, clear_share)
      select 1, alert, warning, critical, 0, hold_seconds, clear_share from month_end.alert_rule`);
    await insertMonth(owner, { period: '2003-04', premiums: 90, claims: 10 });
    await insertMonth(owner, { period: '2003-05', premiums: 6000, claims: 400 });
    await closeMonth(owner, '2003-04');
    await openBatch(owner, '2003-05', { workers: 24 });
    await bringTo(owner, batch, 'PROCESSING');
    no = await one(owner, 'select batch_no from month_end.find_batch($1)', [batch]);
  });

  beforeEach(async () => {
    later(3600);
    await owner.query('delete from month_end.alert_notice');
    await owner.query('delete from month_end.alert');
    await owner.query('delete from month_end.batch_sample');
    await owner.query(`update month_end.batch_worker_control set status = 'PENDING', busy_ms = 0, processed_count = 0 where batch_no = $1`, [no]);
  });

  test('THROUGHPUT opens when it has lasted, gets worse, stays between the thresholds, and clears', async () => {
    await sample({ rate: 3900 });
    expect(await evaluate()).toBe(0);
    later(9);
    expect([await evaluate(), await open()]).toEqual([0, []]);
    later(1);
    expect([await evaluate(), await open()]).toEqual([1, [['THROUGHPUT', 'WARNING', 3900, 4000]]]);
    // one bad second is no escalation, nor are two with a better one between
    await sample({ rate: 1500 });
    expect([await evaluate(), await open()]).toEqual([0, [['THROUGHPUT', 'WARNING', 1500, 4000]]]);
    later(9);
    await sample({ rate: 2000 });
    expect(await evaluate()).toBe(0);
    await sample({ rate: 1500 });
    expect(await evaluate()).toBe(0);
    later(9);
    expect(await evaluate()).toBe(0);
    later(1);
    expect([await evaluate(), await open()]).toEqual([1, [['THROUGHPUT', 'CRITICAL', 1500, 2000]]]);
    // over the warning, but not by the margin: it neither clears nor begins anew
    for (const rate of [4100, 4399, 3000]) {
      await sample({ rate });
      later(60);
      expect(await evaluate()).toBe(0);
    }
    await sample({ rate: 4400 });
    expect(await evaluate()).toBe(0);
    later(9);
    expect([await evaluate(), await open()]).toEqual([0, [['THROUGHPUT', 'CRITICAL', 4400, 2000]]]);
    later(1);
    expect([await evaluate(), await open()]).toEqual([1, []]);
    expect(await notices('THROUGHPUT')).toEqual([['OPENED'], ['ESCALATED'], ['CLEARED']]);
    expect(await rowsOf(owner, 'select worst_value::float from month_end.alert')).toEqual([[1500]]);
  });

  test('it opens as CRITICAL only where it was that all the time', async () => {
    for (const [first, second, severity, threshold] of [[1500, 1400, 'CRITICAL', 2000], [3900, 1500, 'WARNING', 4000]] as const) {
      await owner.query('delete from month_end.alert_notice');
      await owner.query('delete from month_end.alert');
      await sample({ rate: first });
      await evaluate();
      later(9);
      await sample({ rate: second });
      expect([await evaluate(), await open()]).toEqual([1, [['THROUGHPUT', severity, second, threshold]]]);
      expect(await notices('THROUGHPUT')).toEqual([['OPENED']]);
    }
  });

  test('a value that passes for a moment leaves nothing', async () => {
    await sample({ rate: 1000 });
    await evaluate();
    await sample({ rate: 9000 });
    later(30);
    expect([await evaluate(), await rowsOf(owner, 'select * from month_end.alert')]).toEqual([0, []]);
  });

  test('WORKER_RATE is of the slowest worker at work, and names it', async () => {
    const work = (worker: number, processed: number) => owner.query(
      `update month_end.batch_worker_control set status = 'RUNNING', busy_ms = 1000, processed_count = $3 where batch_no = $1 and worker_id = $2`,
      [no, worker, processed]);
    await work(3, 499);
    await work(7, 800);
    await sample({});
    await evaluate();
    later(10);
    expect([await evaluate(), await open()]).toEqual([1, [['WORKER_RATE', 'WARNING', 499, 500]]]);
    expect(await one(owner, 'select detail from month_end.alerts')).toBe('worker 3');
    await work(3, 550);
    expect(await evaluate()).toBe(0);
    later(10);
    expect([await evaluate(), await open()]).toEqual([1, []]);
  });

  test('FINISH: minutes from the opening to the estimated end', async () => {
    const opened = await one<Date>(owner, 'select opened_at from month_end.batch where batch_no = $1', [no]);
    const minutes = (total: number) => ({ left: total * 60 - (clock + 1000 - opened.getTime()) / 1000 });
    await sample(minutes(26));
    await evaluate();
    later(10);
    expect([await evaluate(), await open()]).toEqual([1, [['FINISH', 'WARNING', 26, 25]]]);
    await sample(minutes(91));
    expect(await evaluate()).toBe(0);
    later(10);
    expect([await evaluate(), await open()]).toEqual([1, [['FINISH', 'CRITICAL', 91, 90]]]);
    await sample(minutes(24));
    later(60);
    expect(await evaluate()).toBe(0);
    await sample(minutes(20));
    expect(await evaluate()).toBe(0);
    later(10);
    expect([await evaluate(), await open()]).toEqual([1, []]);
  });

  test('WORKERS_FAILED: more than 5, more than 20', async () => {
    const fail = (count: number) => owner.query(
      `update month_end.batch_worker_control set status = case when worker_id <= $2 then 'FAILED' else 'PENDING' end where batch_no = $1`, [no, count]);
    await sample({});
    await fail(5);
    expect([await evaluate(), await open()]).toEqual([0, []]);
    await fail(6);
    expect([await evaluate(), await open()]).toEqual([1, [['WORKERS_FAILED', 'WARNING', 6, 5]]]);
    await fail(21);
    expect([await evaluate(), await open()]).toEqual([1, [['WORKERS_FAILED', 'CRITICAL', 21, 20]]]);
    await fail(0);
    expect([await evaluate(), await open()]).toEqual([1, []]);
  });

  test('every sample is judged as it is taken', async () => {
    await owner.query(`update month_end.batch_worker_control set status = 'FAILED' where batch_no = $1 and worker_id <= 6`, [no]);
    await owner.query('select month_end.sample_batches()');
    expect(await open()).toEqual([['WORKERS_FAILED', 'WARNING', 6, 5]]);
  });

  test('VALIDATION_FAILED names the rules', async () => {
    await sample({});
    await owner.query(`insert into month_end.batch_validation_results (batch_no, stage, rule, status) values ($1, 'PRECOMMIT', 'MADE_UP', 'FAIL')`, [no]);
    expect([await evaluate(), await open()]).toEqual([1, [['VALIDATION_FAILED', 'CRITICAL', 1, 0]]]);
    expect(await rowsOf(owner, 'select detail, command from month_end.alerts')).toEqual([['MADE_UP', `./monthend status ${batch}`]]);
    await owner.query(`delete from month_end.batch_validation_results where rule = 'MADE_UP'`);
    expect([await evaluate(), await open()]).toEqual([1, []]);
  });

  test('BATCH_FAILED until the period is tried again', async () => {
    await setSetting(owner, 'reject_tolerance_count', '0');
    await insertPremium(owner, { id: 'unfit', date: '2003-06-01', product: 'NONE' });
    const failed = await openBatch(owner, '2003-06');
    expect(await errorOf(owner.query('call month_end.preflight($1)', [failed]))).toMatchObject({ code: 'M2001' });
    expect([await evaluate(null), await open()]).toEqual([1, [['BATCH_FAILED', 'CRITICAL', 1, 0]]]);
    later(1);
    expect(await evaluate(null)).toBe(0);
    await openBatch(owner, '2003-06');
    later(1);
    expect([await evaluate(null), await open()]).toEqual([1, []]);
    await owner.query('call month_end.cancel($1)', [failed]);
  });

  test('SCHEDULE_MISSED until the period is closed', async () => {
    await owner.query(`insert into month_end.schedule (ledger_id, time_zone, first_month, planned_since) values (1, 'UTC', '2003-07-01', now())`);
    await owner.query(`insert into month_end.scheduled_run (ledger_id, period, due_at, status, reason, decided_at, decided_from)
      values (1, '2003-07', now(), 'MISSED', 'nobody was there', now(), 'test')`);
    expect([await evaluate(null), await open()]).toEqual([1, [['SCHEDULE_MISSED', 'WARNING', 1, 0]]]);
    expect(await one(owner, 'select command from month_end.alerts')).toBe('./monthend close 2003-07');
    await insertMonth(owner, { period: '2003-07', premiums: 3 });
    await closeMonth(owner, '2003-07');
    expect([await evaluate(null), await open()]).toEqual([1, []]);
  });

  test('CLOSE_OVERDUE: days since the last commit', async () => {
    const committed = (days: number) => owner.query(
      `update month_end.staging_month_end_master set committed_at = now() - make_interval(days => $1) where committed_at is not null`, [days]);
    await committed(36);
    expect([await evaluate(null), await open()]).toEqual([1, [['CLOSE_OVERDUE', 'WARNING', 36, 35]]]);
    await committed(41);
    expect([await evaluate(null), await open()]).toEqual([1, [['CLOSE_OVERDUE', 'CRITICAL', 41, 40]]]);
    await committed(0);
    expect([await evaluate(null), await open()]).toEqual([1, []]);
  });

  test('a batch that is too small raises none; a rule that is switched off neither', async () => {
    const alone = async (change: string): Promise<unknown[][]> => {
      await owner.query('begin');
      await owner.query(change);
      await sample({ rate: 10, left: 100_000 });
      await evaluate();
      later(60);
      await evaluate();
      const found = await open();
      await owner.query('rollback');
      return found.map(([alert]) => alert as string).sort() as unknown as unknown[][];
    };
    expect(await alone('select')).toEqual(['FINISH', 'THROUGHPUT']);
    expect(await alone('update month_end.alert_rule set least_transactions = 6401 where ledger_id = 1')).toEqual([]);
    expect(await alone('delete from month_end.alert_rule where ledger_id = 1')).toEqual([]);
    expect(await alone(`update month_end.alert_rule set is_enabled = false where ledger_id = 1 and alert = 'FINISH'`)).toEqual(['THROUGHPUT']);
  });

  test('what a batch has raised ends with it', async () => {
    await sample({ rate: 10 });
    await evaluate();
    later(10);
    expect([await evaluate(), (await open()).length]).toEqual([1, 1]);
    await owner.query('call month_end.cancel($1)', [batch]);
    expect([await evaluate(null), await open()]).toEqual([1, []]);
  });
});
