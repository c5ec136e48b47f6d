import type pg from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { bringTo, closeMonth, one, openBatch, rowsOf } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';
import { insertMonth } from '../../support/transactions.ts';

// month_end.metrics: what it says of batches, and that no counter of it ever goes back.

const isCounter = (name: string): boolean => /_(total|count|sum|bucket)$/.test(name);

describe('the metrics of the database', () => {
  const database = useDatabase();
  let owner: pg.Client;
  let viewer: pg.Client;
  const read = async (): Promise<Map<string, number>> => new Map((await rowsOf(viewer, `
    select name || coalesce((select '{' || string_agg(key || '=' || value, ',' order by key) || '}' from jsonb_each_text(labels)), ''), value
      from month_end.metrics`)) as [string, number][]);
  const expectForward = (before: Map<string, number>, after: Map<string, number>): void => {
    for (const [series, value] of before) {
      if (isCounter(series.replace(/\{.*/, ''))) expect(after.get(series), series).toBeGreaterThanOrEqual(value);
    }
  };

  beforeAll(async () => {
    owner = await database.session('owner');
    viewer = await database.session('viewer');
    await owner.query(`update month_end.setting set value = '256' where name = 'chunk_transactions'`);
    for (const period of ['2003-04', '2003-05']) await insertMonth(owner, { period, premiums: 1000, claims: 40 });
  });

  test('begin at nought for a ledger that has closed nothing', async () => {
    const series = await read();
    expect(series.get('monthend_chunk_duration_seconds_count{ledger=1}')).toBe(0);
    expect(series.get('monthend_batches_ended_total{ledger=1,status=completed}')).toBe(0);
    expect(series.get('monthend_workers{ledger=1,status=running}')).toBe(0);
    expect([...series.keys()].filter((name) => /last_close|batch_phase/.test(name))).toEqual([]);
  });

  test('count chunks two seconds after they are done, and keep them when their batch is cancelled', async () => {
    const id = await openBatch(owner, '2003-04');
    await bringTo(owner, id, 'STAGED');
    await owner.query(`update month_end.chunk set completed_at = clock_timestamp() + interval '1 hour'`);
    const fresh = await read();
    expect(fresh.get('monthend_chunk_transactions_total{ledger=1}')).toBe(0);
    expect(fresh.get('monthend_batches_active{ledger=1}')).toBe(1);
    expect(fresh.get('monthend_workers{ledger=1,status=validated}')).toBeGreaterThan(0);
    expect(fresh.get('monthend_batch_transactions{ledger=1}')).toBe(1040);
    await owner.query(`update month_end.chunk set completed_at = clock_timestamp() - interval '2 seconds'`);
    const chunks = Number(await one(owner, 'select count(*) from month_end.chunk'));
    expect(chunks).toBeGreaterThan(3);
    const counted = await read();
    expectForward(fresh, counted);
    expect(counted.get('monthend_chunk_duration_seconds_count{ledger=1}')).toBe(chunks);
    expect(counted.get('monthend_chunk_duration_seconds_bucket{le=+Inf,ledger=1}')).toBe(chunks);
    expect(counted.get('monthend_chunk_transactions_total{ledger=1}')).toBe(1040);
    expect(counted.get('monthend_posted_transactions_total{ledger=1}')).toBe(0);
    await owner.query('call month_end.cancel($1)', [id]);
    const cancelled = await read();
    expectForward(counted, cancelled);
    expect(cancelled.get('monthend_chunk_duration_seconds_count{ledger=1}')).toBe(chunks);
    expect(cancelled.get('monthend_batches_ended_total{ledger=1,status=cancelled}')).toBe(1);
    expect(cancelled.get('monthend_batches_active{ledger=1}')).toBe(0);
  });

  test('go on with the next batch, in buckets that add up', async () => {
    const before = await read();
    await closeMonth(owner, '2003-05');
    const after = await read();
    expectForward(before, after);
    expect(after.get('monthend_chunk_transactions_total{ledger=1}')).toBe(2080);
    expect(after.get('monthend_posted_entries_total{ledger=1}')).toBe(3120);
    expect(after.get('monthend_posted_lines_total{ledger=1}')).toBe(9360);
    expect(after.get('monthend_worker_leases_total')).toBeGreaterThan(before.get('monthend_worker_leases_total') ?? 0);
    expect(after.get('monthend_last_close_timestamp_seconds{ledger=1}'))
      .toBeCloseTo(Number(await one(owner, 'select extract(epoch from max(committed_at)) from month_end.staging_month_end_master')), 2);
    const buckets = (await rowsOf(viewer, `select value from month_end.metrics
      where name = 'monthend_chunk_duration_seconds_bucket' order by (labels->>'le')::double precision`)).map(([value]) => Number(value));
    expect(buckets).toHaveLength(10);
    expect([...buckets].sort((a, b) => a - b)).toEqual(buckets);
    expect(buckets.at(-1)).toBe(after.get('monthend_chunk_duration_seconds_count{ledger=1}'));
  });

  test('put a time that is a bound into its bucket', async () => {
    await owner.query(`begin; insert into month_end.chunk (batch_no, chunk_no, worker_id, leaf_no, first_offset, end_offset, transaction_count,
        entry_count, line_count, amount, completed_at, busy_ms)
      select 1, 9000 + ms, 1, 1, 0, 1, 1, 3, 9, 1, '-infinity', ms from unnest(array[100, 101, 60000, 60001]) ms`);
    expect(await rowsOf(owner, `select chunk_counts, chunk_count, chunk_ms from month_end.measure_batch_work(1, 'infinity')`))
      .toEqual([[['1', '2', '2', '2', '2', '2', '2', '2', '3'], '4', '120202']]);
    await owner.query('rollback');
  });

  test('tell retried errors from those that fail a worker', async () => {
    await owner.query(`begin; insert into month_end.batch_event (batch_no, kind, message)
      select 1, k, 'made' from unnest(array['WORKER_PENDING', 'WORKER_PENDING', 'WORKER_FAILED']) k`);
    expect(await rowsOf(owner, `select retried_count, failed_count from month_end.measure_batch_work(1, 'infinity')`)).toEqual([['2', '1']]);
    await owner.query('rollback');
  });

  test('show a scheduled run that nobody starts, and one that was missed', async () => {
    await owner.query(`select month_end.set_schedule(1, null, 'UTC')`);
    await owner.query(`update month_end.schedule set first_month = '2003-07-01', planned_since = '2003-07-01'`);
    const due = await read();
    expect(due.get('monthend_schedule_runs_overdue{ledger=1}')).toBeGreaterThan(200);
    expect(due.get('monthend_schedule_runs_unmet{ledger=1}')).toBe(0);
    await owner.query(`insert into month_end.scheduled_run (ledger_id, period, due_at, status, decided_at, decided_from)
      select 1, p, now(), 'MISSED', now(), 'test' from unnest(array['2003-05', '2003-07']) p`);
    expect((await read()).get('monthend_schedule_runs_unmet{ledger=1}')).toBe(1); // May is closed
  });
});
