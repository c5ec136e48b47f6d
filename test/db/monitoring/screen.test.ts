import type pg from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { screen, screenWithSeries } from '../../../control/database/monitoring.ts';
import { bringTo, closeMonth, one, openBatch, rowsOf, setSetting } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';
import { insertMonth } from '../../support/transactions.ts';

// The figures of the screen, of batches whose times are set by the test.

describe('the screen of a batch', () => {
  const database = useDatabase();
  const batch = '2003-09-MONTHEND';
  let owner: pg.Client;
  let viewer: pg.Client;
  let no = 0;

  const view = async (name: string, columns: string, of = no): Promise<unknown[][]> =>
    rowsOf(viewer, `select ${columns} from month_end.${name} where batch_no = $1`, [of]);
  const read = async () => screen.parse(await one(viewer, 'select month_end.screen($1)', [batch]));

  beforeAll(async () => {
    owner = await database.session('owner');
    viewer = await database.session('viewer');
    await setSetting(owner, 'chunk_transactions', '256');
    for (const period of ['2003-08', '2003-09']) await insertMonth(owner, { period, premiums: 1900, claims: 148 });
    await closeMonth(owner, '2003-08', { workers: 4 });
    await openBatch(owner, '2003-09', { workers: 4 });
    await bringTo(owner, batch, 'PROCESSING');
    no = await one(owner, 'select batch_no from month_end.find_batch($1)', [batch]);
    // eight chunks of 256, six done: one a second, but none of worker 4; worker 1 needs four times as long
    await owner.query(`update month_end.chunk set completed_at = now() - make_interval(secs => 6 - chunk_no),
        busy_ms = case when worker_id = 1 then 2000 else 500 end where batch_no = $1 and chunk_no <= 6`, [no]);
    await owner.query(`update month_end.batch_worker_control w set checkpoint = last_chunk, status = case worker_id when 3 then 'RUNNING' else 'PROCESSED' end,
        leased_at = now(), processed_count = transaction_count, busy_ms = case worker_id when 1 then 4000 else 1000 end
      where batch_no = $1 and worker_id <= 3`, [no]);
    await owner.query(`update month_end.batch_worker_control set status = 'FAILED', error_sqlstate = '22012' where batch_no = $1 and worker_id = 4`, [no]);
    await owner.query(`update month_end.batch_phase set started_at = now() - interval '6 seconds',
        finished_at = case when phase < 4 then now() - interval '6 seconds' end
      where batch_no = $1 and phase <= 4`, [no]);
  });

  test('throughput: transactions and entries over the seconds of phase 4', async () => {
    const [[current, average, peak, target, percent, entries, processed] = []] = (await view('batch_throughput',
      'current_rate::float, average_rate::float, peak_rate::float, target_rate::float, percent_of_target::float, entries_per_second::float, processed_count::integer')) as number[][];
    expect([target, processed]).toEqual([5556, 1536]);
    // the clock has gone on since: six seconds at least, not many more
    expect(average).toBeLessThanOrEqual(256);
    expect(average).toBeGreaterThan(100);
    expect([current, peak]).toEqual([average, average]);
    expect(entries).toBeCloseTo(3 * Number(average), -1);
    expect(percent).toBeCloseTo((100 * Number(average)) / 5556, 0);
  });

  test('throughput: not known before the first chunk, nothing when none comes', async () => {
    const current = () => one<number | null>(owner, 'select current_rate::float from month_end.batch_throughput where batch_no = $1', [no]);
    await owner.query('begin');
    await owner.query('update month_end.chunk set completed_at = null where batch_no = $1', [no]);
    expect(await current()).toBeNull();
    await owner.query(`update month_end.batch_phase set started_at = now() - interval '3 minutes' where batch_no = $1 and phase = 4`, [no]);
    expect(await current()).toBe(0);
    await owner.query('rollback');
  });

  test('workers: how fast each is, and which is slow', async () => {
    expect(await view('worker_speed', 'worker_id, status, percent::float, rate::float, is_slow, error_sqlstate')).toEqual([
      [1, 'PROCESSED', 100, 128, true, null], [2, 'PROCESSED', 100, 512, false, null], [3, 'RUNNING', 100, 512, false, null],
      [4, 'FAILED', 0, null, false, '22012'],
    ]);
    expect(await view('batch_workers', 'total, pending, running, complete, slow, failed')).toEqual([['4', '0', '1', '2', '1', '1']]);
    await owner.query(`update month_end.chunk set completed_at = completed_at - interval '1 hour' where batch_no = $1 and worker_id = 3`, [no]);
    await owner.query(`update month_end.batch_worker_control set leased_at = now() - interval '1 hour' where batch_no = $1 and worker_id = 3`, [no]);
    // a chunk that takes an hour, where the longest took two seconds
    expect(await view('worker_speed', 'worker_id')).toHaveLength(4);
    expect((await view('worker_speed', 'worker_id, is_slow')).filter(([, isSlow]) => isSlow).map(([id]) => id)).toEqual([1, 3]);
  });

  test('latency: percentiles of the chunks that are done', async () => {
    expect(await view('chunk_latency', 'chunks::integer, p50_ms::integer, p95_ms::integer, p99_ms::integer, max_ms, transaction_p95_ms::float')).toEqual([
      [6, 500, 2000, 2000, 2000, 7.8125],
    ]);
  });

  test('validation: the three stages by what they found', async () => {
    // the made rows look alike, which is a warning
    const rows = await view('validation_stages', 'stage, fail::integer, status');
    expect(rows).toEqual([['PREFLIGHT', 0, 'WARN'], ['WORKER', 0, null], ['PRECOMMIT', 0, null]]);
    await owner.query(`insert into month_end.batch_validation_results (batch_no, stage, worker_id, rule, status)
      values ($1, 'WORKER', 1, 'ONE', 'PASS'), ($1, 'WORKER', 2, 'ONE', 'WARN'), ($1, 'WORKER', 3, 'ONE', 'FAIL')`, [no]);
    expect(await view('validation_stages', 'stage, pass::integer, warn::integer, fail::integer, status')).toContainEqual(['WORKER', 1, 1, 1, 'FAIL']);
  });

  test('percent is of the whole batch, and grows with what is done', async () => {
    const [[phase, percent, left, low, high] = []] = (await view('batch_estimate', 'phase, percent::float, seconds_left::float, seconds_left_low::float, seconds_left_high::float')) as number[][];
    const before = await one<number>(viewer, `select 100 * sum(share)::float from month_end.phase_shares(1) where phase < 4`);
    const share = await one<number>(viewer, `select 100 * share::float from month_end.phase_shares(1) where phase = 4`);
    expect(phase).toBe(4);
    expect(percent).toBeCloseTo(before + (share * 1536) / 2048, 0);
    expect(left).toBeGreaterThan(0);
    expect(low).toBeLessThan(Number(left));
    expect(high).toBeGreaterThan(Number(left));
    expect(await view('batch_estimate', 'percent::float, seconds_left', 1)).toEqual([[100, null]]);
  });

  test('a running phase has begun when the one before it ended', async () => {
    await owner.query(`update month_end.batch_phase set finished_at = started_at + interval '1 second' where batch_no = $1 and phase = 4`, [no]);
    await owner.query(`update month_end.staging_month_end_master set status = 'STAGED' where batch_no = $1`, [no]);
    await owner.query(`insert into month_end.batch_phase select $1, 5, now() - interval '5 seconds', now() - interval '3 seconds'`, [no]);
    const running = await rowsOf(viewer, `select phase, extract(epoch from clock_timestamp() - started_at)::float, finished_at, seconds::float
      from month_end.batch_timeline where batch_no = $1 and is_running`, [no]);
    expect(running).toHaveLength(1);
    const [phase, since, finished, seconds] = running[0] as [number, number, null, number];
    expect([phase, finished]).toEqual([6, null]);
    expect(since).toBeGreaterThan(3);
    expect(seconds).toBeCloseTo(since, 0);
    await owner.query('delete from month_end.batch_phase where batch_no = $1 and phase = 5', [no]);
    await owner.query('update month_end.batch_phase set finished_at = null where batch_no = $1 and phase = 4', [no]);
    await owner.query(`update month_end.staging_month_end_master set status = 'PROCESSING' where batch_no = $1`, [no]);
  });

  test('a night in which nobody worked is no work: not in seconds, estimate, average, alerts, key figures', async () => {
    const night = '8 hours';
    const inHours = async () => (await rowsOf(owner, `select o.seconds_left::float / 3600, o.is_paused, round(o.paused_seconds / 3600)::integer, t.average_rate::float,
      p.seconds::float / 3600 from month_end.batch_overview o join month_end.batch_throughput t using (batch_no) join month_end.batch_timeline p using (batch_no)
      where o.batch_no = ${no} and p.phase = 4`))[0] as [number, boolean, number, number, number];
    await owner.query('begin');
    // killed half-way, eight hours ago: everything that is known of it has happened so long before
    await owner.query(`update month_end.staging_month_end_master set opened_at = opened_at - $2::interval where batch_no = $1`, [no, night]);
    await owner.query(`update month_end.batch_event set at = at - $2::interval where batch_no = $1`, [no, night]);
    await owner.query(`update month_end.batch_phase set started_at = started_at - $2::interval, finished_at = finished_at - $2::interval where batch_no = $1`, [no, night]);
    await owner.query(`update month_end.chunk set completed_at = completed_at - $2::interval where batch_no = $1`, [no, night]);
    const [left, isPaused, pausedHours, average, hours] = await inHours();
    expect([isPaused, pausedHours]).toEqual([true, 8]);
    expect(left).toBeLessThan(0.1);
    expect(average).toBeGreaterThan(20);
    expect(hours).toBeLessThan(0.1);
    await owner.query('commit');

    // resumed: somebody is at the next chunk, then it is done
    const worker = await database.session('owner');
    await worker.query('begin');
    await worker.query(`select pg_advisory_xact_lock_shared(month_end.worker_lock_key($1, 0))`, [no]);
    const resumed = await inHours();
    expect(resumed.slice(1, 3)).toEqual([false, 8]);
    expect(resumed[0]).toBeLessThan(0.1);
    await worker.query('update month_end.chunk set completed_at = clock_timestamp(), busy_ms = 500 where batch_no = $1 and chunk_no = 7', [no]);
    await worker.query('commit');
    const [leftThen, isPausedThen, hoursThen, averageThen] = await inHours();
    expect([isPausedThen, hoursThen]).toEqual([false, 8]);
    expect(leftThen).toBeLessThan(0.1);
    expect(averageThen).toBeGreaterThan(20);
    await owner.query('begin');
    await owner.query(`select month_end.finish_phase($1, 4::smallint, 'PROCESSED', 'done')`, [no]);
    expect((await rowsOf(owner, `select round(p.paused_seconds / 3600)::integer, p.paused_seconds = month_end.pause_seconds(month_end.batch_pauses(p.batch_no), p.started_at, p.finished_at),
      round(t.seconds / 3600)::integer from month_end.batch_phase p join month_end.batch_timeline t using (batch_no, phase) where p.batch_no = $1 and p.phase = 4`, [no]))).toEqual([[8, true, 0]]);
    await owner.query('rollback');
    await owner.query('select month_end.sample_batches()');
    const [[finish]] = (await rowsOf(owner, `select value::float from month_end.alert_values($1) where alert = 'FINISH'`, [no])) as [[number]];
    expect(finish).toBeLessThan(10);
    expect(await one(owner, `select round(paused_seconds / 3600)::integer from month_end.batch_sample where batch_no = $1`, [no])).toBe(8);
    await owner.query('delete from month_end.batch_sample where batch_no = $1', [no]);
    await owner.query('update month_end.chunk set completed_at = null, busy_ms = null where batch_no = $1 and chunk_no = 7', [no]);
  });

  test('the peak is of the current rates, and never less than one that was charted', async () => {
    const rates = async () => (await rowsOf(owner, `select current_rate::float, peak_rate::float from month_end.batch_throughput where batch_no = ${no}`))[0] as [number, number];
    await owner.query('begin');
    await owner.query(`update month_end.chunk set completed_at = clock_timestamp() - make_interval(secs => 7 - chunk_no), busy_ms = 10000 where batch_no = $1 and chunk_no <= 6`, [no]);
    await owner.query(`update month_end.batch_phase set started_at = clock_timestamp() - interval '25 seconds' where batch_no = $1 and phase = 4`, [no]);
    await owner.query(`insert into month_end.batch_event (batch_no, at, kind, message) values ($1, clock_timestamp() - interval '25 seconds', 'PROCESSING', 'x')`, [no]);
    const [current, peak] = await rates();
    // 1,536 in a window of twice the time of a chunk
    expect([current, peak]).toEqual([77, 77]);
    await owner.query('select month_end.sample_batches()');
    await owner.query(`update month_end.chunk set completed_at = completed_at - interval '21 seconds', busy_ms = 30000 where batch_no = $1 and chunk_no <= 6`, [no]);
    expect((await rates())[1]).toBe(77);
    await owner.query('rollback');
  });

  test('what is read counts as watching, by whoever takes the samples', async () => {
    const share = () => one<number>(owner, 'select sampler_seconds::float from month_end.sampler_share where batch_no = $1', [no]);
    await owner.query('begin');
    await owner.query('delete from month_end.batch_sample where batch_no = $1', [no]);
    await owner.query('select month_end.sample_batches()');
    const before = await share();
    await owner.query(`select month_end.sample_batches('{}', 2500)`);
    expect((await share()) - before).toBeGreaterThanOrEqual(2.5);
    expect((await read()).read_ms).toBeGreaterThan(0);
    await owner.query('rollback');
  });

  test('a sample reads few rows, however many samples there are before them', async () => {
    const readBy = async (statement: string): Promise<Record<string, number>> => {
      const counts = async () => new Map((await rowsOf(owner, `select relname, (coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::integer
        from pg_stat_xact_user_tables where relid in ('month_end.chunk'::regclass, 'month_end.batch_sample'::regclass)`)) as [string, number][]);
      const before = await counts();
      await owner.query(statement);
      return Object.fromEntries([...await counts()].map(([name, rows]) => [name, rows - (before.get(name) ?? 0)]));
    };
    await owner.query('begin');
    await owner.query('delete from month_end.batch_sample where batch_no = $1', [no]);
    await owner.query(`insert into month_end.batch_sample (batch_no, sampled_at, processed_count, server)
      select $1, date_trunc('second', now()) - make_interval(secs => i), 0, '{}' from generate_series(60, 3000) i`, [no]);
    const chunks = await one<number>(owner, 'select count(*)::integer from month_end.chunk');
    const sampled = await readBy('select month_end.sample_batches()');
    // once or twice each, to add up what watching took
    expect(sampled.batch_sample).toBeLessThan(2.1 * 2941);
    expect(sampled.chunk).toBeLessThanOrEqual(32 * chunks);
    await owner.query('rollback');
  });

  test('a sample a second, whoever takes it; it waits for no phase', async () => {
    const operators = await Promise.all([0, 1, 2].map(() => database.session('operator')));
    const phase = await database.session('owner');
    await phase.query('begin');
    await phase.query('select from month_end.staging_month_end_master where batch_no = $1 for update', [no]);
    const began = Date.now();
    const whole = new Set<string>();
    let taken = 0;
    while (Date.now() < began + 3_500 || whole.size < 2) {
      // a sample that took long puts the next one off: not here
      await owner.query('update month_end.batch_sample set sampler_ms = 1 where batch_no = $1', [no]);
      const before = await one<string>(owner, `select date_trunc('second', clock_timestamp())::text`);
      await Promise.all(operators.map((session) => session.query(`set lock_timeout = '1s'; select month_end.sample_batches()`)));
      if (before === await one<string>(owner, `select date_trunc('second', clock_timestamp())::text`)) whole.add(before);
      taken += 3;
    }
    const seconds = (Date.now() - began) / 1000;
    await phase.query('rollback');
    const seen = (await rowsOf(owner, 'select sampled_at::text from month_end.batch_sample where batch_no = $1', [no])).flat() as string[];
    expect([...whole].filter((at) => !seen.includes(at))).toEqual([]);
    const samples = await one<number>(owner, 'select count(*)::integer from month_end.batch_sample where batch_no = $1', [no]);
    expect(taken).toBeGreaterThan(samples);
    expect(samples).toBeLessThanOrEqual(Math.ceil(seconds) + 1);
    expect(await one(viewer, 'select samples::integer from month_end.sampler_share where batch_no = $1', [no])).toBe(samples);
  });

  test('a sample that took long puts the next one off', async () => {
    const taken = () => one<number>(owner, 'select count(*)::integer from month_end.batch_sample where batch_no = $1', [no]);
    await owner.query('delete from month_end.batch_sample where batch_no = $1', [no]);
    const add = (ago: number, ms: number) => owner.query(`insert into month_end.batch_sample (batch_no, sampled_at, processed_count, server, sampler_ms)
      values ($1, date_trunc('second', clock_timestamp()) - make_interval(secs => $2), 0, '{}', $3)`, [no, ago, ms]);
    await add(1, 1000);
    await owner.query('select month_end.sample_batches()');
    expect(await taken()).toBe(1);
    await owner.query('delete from month_end.batch_sample where batch_no = $1', [no]);
    await add(2, 10);
    await owner.query('select month_end.sample_batches()');
    expect(await taken()).toBe(2);
  });

  test('whoever looks is shown what the last sample has made; anew where nobody takes samples', async () => {
    await owner.query('delete from month_end.batch_sample where batch_no = $1', [no]);
    const made = await read();
    expect([made.fresh_ms, made.sampled_at]).toEqual([null, null]);
    await owner.query('select month_end.sample_batches()');
    const [first, second] = [await read(), await read()];
    expect(first.fresh_ms).toBeGreaterThan(0);
    expect(first.fresh_ms).toBeLessThanOrEqual(20_000);
    expect([second.read_at, second.sampled_at]).toEqual([first.read_at, first.sampled_at]);
    // older than any that somebody takes
    await owner.query(`update month_end.batch_sample set sampled_at = sampled_at - interval '35 seconds' where batch_no = $1`, [no]);
    await owner.query(`update month_end.batch_screen set taken_at = taken_at - interval '35 seconds' where batch_no = $1`, [no]);
    const late = await read();
    expect(late.read_at > first.read_at).toBe(true);
    expect([late.fresh_ms, late.sample_age_seconds]).toEqual([null, expect.toSatisfy((age: number) => age >= 35)]);
  });

  test('who took the last sample takes the next, another only when he does not', async () => {
    const [own, other] = await Promise.all([database.session('operator'), database.session('operator')]);
    const taken = () => one<number>(owner, 'select count(*)::integer from month_end.batch_sample where batch_no = $1', [no]);
    const older = async (seconds: number) => {
      await owner.query(`update month_end.batch_sample set sampler_ms = 1, sampled_at = sampled_at - make_interval(secs => $2) where batch_no = $1`, [no, seconds]);
      await owner.query(`update month_end.batch_screen set taken_at = taken_at - make_interval(secs => $2) where batch_no = $1`, [no, seconds]);
    };
    await owner.query('delete from month_end.batch_sample where batch_no = $1', [no]);
    await own.query('select month_end.sample_batches()');
    await older(2);
    await other.query('select month_end.sample_batches()');
    expect(await taken()).toBe(1);
    await own.query('select month_end.sample_batches()');
    expect(await taken()).toBe(2);
    await older(5);
    await other.query('select month_end.sample_batches()');
    expect(await taken()).toBe(3);
  });

  test('samples are planned without a batch, and leave nothing', async () => {
    const count = () => rowsOf(owner, `select (select count(*) from month_end.batch_sample), (select count(*) from month_end.batch_screen),
      (select count(*) from month_end.alert)`);
    const before = await count();
    await (await database.session('operator')).query('select month_end.prepare_samples()');
    expect(await count()).toEqual(before);
  });

  test('the host is what /proc says: rates between two samples, memory in use', async () => {
    await owner.query('delete from month_end.batch_sample where batch_no = $1', [no]);
    const proc = (factor: number, label: string): string => JSON.stringify({
      label, name: 'db1', disk_free: 5000, stat: `cpu  ${100 * factor} 0 ${100 * factor} ${700 * factor} ${50 * factor} 0 ${50 * factor} 0 0 0\ncpu0 1 1 1`,
      meminfo: 'MemTotal:    1000 kB\nMemFree:  10 kB\nMemAvailable:   250 kB\n',
      diskstats: `   8 0 sda 1 2 ${1000 * factor} 4 5 6 ${2000 * factor} 8 0 1 1\n   8 1 sda1 1 2 999999 4 5 6 999999 8 0 1 1\n 259 0 nvme0n1 1 2 ${10 * factor} 4 5 6 ${20 * factor} 8 0\n`,
      net: `Inter-| Receive\n face |bytes\n    lo: 99999 1 0 0 0 0 0 0 99999 1 0 0 0 0 0 0\n  eth0: ${500 * factor} 1 0 0 0 0 0 0 ${250 * factor} 1 0 0 0 0 0 0\n`,
    });
    for (const [second, label] of [[0, 'database host'], [10, 'database host'], [12, 'database host']] as const) {
      await owner.query(`insert into month_end.batch_sample (batch_no, sampled_at, processed_count, server, host)
        values ($1, timestamptz '2003-09-30 23:00' + make_interval(secs => $2), 0, month_end.read_server(), month_end.parse_host($3))`, [no, second, proc(1 + second, label)]);
    }
    expect(await view('batch_host', `label, name, cpu_percent::float, memory_percent::float, memory_bytes::integer, disk_read_bytes_per_second::integer,
      disk_written_bytes_per_second::integer, disk_free_bytes::integer, network_received_bytes_per_second::integer, network_sent_bytes_per_second::integer`)).toEqual([
      ['database host', 'db1', 25, 75, 1_024_000, 1010 * 512, 2020 * 512, 5000, 500, 250]]);
    const { resources, database: server } = await read();
    expect(resources?.label).toBe('database host');
    expect(server).toMatchObject({ prepared_transactions: 0, checkpoints_timed: 0 });
    expect(server?.connections).toBeGreaterThan(1);
  });

  test('the whole screen has what the views have, and a ghost of last month', async () => {
    await owner.query(`insert into month_end.batch_sample (batch_no, sampled_at, phase, processed_count, percent, server)
      select 1, date_trunc('second', opened_at) + make_interval(secs => i), 4, i, 10 * i, '{}' from month_end.batch, generate_series(1, 5) i where batch_no = 1`);
    await owner.query(`update month_end.staging_month_end_master set opened_at = date_trunc('second', opened_at),
      completed_at = date_trunc('second', opened_at) + interval '60 seconds' where batch_no = 1`);
    await owner.query(`update month_end.staging_month_end_master set completed_at = opened_at + interval '3.5 seconds' where batch_no = $1`, [no]);
    const found = await read();
    expect(found.batch).toMatchObject({ batch_id: batch, status: 'PROCESSING', is_running: true, phase: 4, transaction_count: 2048 });
    expect(found.workers.list).toHaveLength(4);
    const [counts] = (await view('batch_workers x', `to_jsonb(x) - 'batch_no'`));
    expect(found.workers.counts).toEqual(counts?.[0]);
    expect(found.phases.map(({ phase }) => phase)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(found.events[0]?.event_id).toBeGreaterThan(Number(found.events.at(-1)?.event_id));
    expect(found.comparison).toMatchObject({ previous_batch_id: '2003-08-MONTHEND', previous_transaction_count: 2048, previous_percent: 30, previous_seconds: 60, expected_seconds: 60 });
    const series = await rowsOf(viewer, 'select phase, percent::float from month_end.batch_series(1)');
    expect(series).toEqual([[4, 10], [4, 20], [4, 30], [4, 40], [4, 50]]);
    expect((await rowsOf(viewer, 'select percent::float from month_end.batch_series(1, 2)')).map(([percent]) => percent)).toEqual([20, 50]);
    expect(screenWithSeries.safeParse(found).success).toBe(false);
  });

  test('key figures by both clocks are stored at the end', async () => {
    await owner.query(`delete from month_end.batch_kpi`);
    await owner.query(`update month_end.staging_month_end_master set opened_at = '2003-09-01 23:00', processing_started_at = '2003-09-01 23:05',
      committed_at = '2003-09-01 23:24', completed_at = '2003-09-01 23:25', scope_count = 6000000, actual_je_count = 18000000 where batch_no = 1`);
    await owner.query(`update month_end.batch_worker_control set busy_ms = 4000, leased_by = worker_id % 2, processed_count = 1440 where batch_no = 1`);
    await owner.query(`update month_end.batch_phase set started_at = '2003-09-01 23:05', finished_at = '2003-09-01 23:05:10' where batch_no = 1 and phase = 4`);
    // somebody worked all the time
    await owner.query(`update month_end.chunk set completed_at = '2003-09-01 23:25', busy_ms = 1500000 where batch_no = 1`);
    const samples = () => one<number>(owner, 'select count(*)::integer from month_end.batch_sample where batch_no = 1');
    expect(await samples()).toBe(5);
    await owner.query('select month_end.store_kpi(1)');
    // they are older than the setting sample_keep_days allows
    expect(await samples()).toBe(0);
    expect(await rowsOf(viewer, `select total_seconds::float, processing_seconds::float, target_seconds::float, buffer_seconds::float, is_on_time, is_processing_on_time,
      transactions_per_second::float, processing_transactions_per_second::float, throughput_ratio::float, processing_entries_per_second::float,
      worker_transactions_per_second::float, worker_ratio::float, utilisation_percent::float, failed_validations::integer, failed_workers::integer,
      success_percent::float, transaction_count::integer, worker_count, session_count from month_end.kpis where batch_no = 1`)).toEqual([[
      1500, 1140, 1200, 5700, false, true, 4000, 5263, 0.72, 15789, 360, 0.5, 80, 0, 0, 100, 6_000_000, 4, 2]]);
  });

  test('key figures that can not be made are an event, and change nothing else', async () => {
    await owner.query('begin');
    await setSetting(owner, 'target_minutes', '0x');
    await owner.query('select month_end.store_kpi(1)');
    expect(await rowsOf(owner, `select message from month_end.batch_event where batch_no = 1 and kind = 'KEY_FIGURES_MISSING'`))
      .toEqual([['invalid input syntax for type numeric: "0x"']]);
    await owner.query('rollback');
    expect(await one(viewer, 'select count(*) from month_end.kpis where batch_no = 1')).toBe('1');
  });
});
