import { describe, expect, test } from 'vitest';
import { bytes, clock, cut, fit } from '../../../control/output/format.ts';
import { emptyLayout, layout, type Paint } from '../../../control/screen/layout.ts';
import type { Screen } from '../../../control/database/monitoring.ts';

const plain: Paint = (_, text) => text;
const coloured: Paint = (_, text) => `\x1b[31m${text}\x1b[39m`;
const visible = (line: string): number => [...line.replace(/\x1b\[[0-9;]*m/g, '')].length;
const at = '2026-01-31T23:34:05.000Z';

const screen = (workers: number): Screen => ({
  batch: {
    batch_no: 1, ledger_id: 1, batch_id: '2026-01-MONTHEND', attempt: 1, period: '2026-01', status: 'PROCESSING', is_dry_run: false,
    is_running: true, phase: 4, phase_name: 'parallel processing', opened_at: at, committed_at: null, completed_at: null, opened_by: 'x',
    opened_from: 'y', transaction_count: 10_000_000, processed_count: 4_730_000, elapsed_seconds: 754, percent: 47.3, seconds_left: 441,
    seconds_left_low: 310, seconds_left_high: 690, expected_finish: at, target_minutes: 20, next_call: null,
    wanted_sessions: null, paused_seconds: 0, is_paused: false,
  },
  throughput: { current_rate: 8412, average_rate: 8120, peak_rate: 9001, target_rate: 5556, percent_of_target: 146.1, entries_per_second: 24_360, processed_count: 4_730_000 },
  point: null,
  phases: ['pre-flight validation', 'number allocation', 'worker launch', 'parallel processing', 'per-worker validation', 'pre-commit validation', 'atomic commit', 'post-processing']
    .map((name, index) => ({ phase: index + 1, name, started_at: index < 4 ? at : null, finished_at: index < 3 ? at : null, seconds: index < 4 ? 99 : null, budget_seconds: 60, is_running: index === 3 })),
  workers: {
    counts: { total: workers, pending: 0, running: workers - 2, complete: 1, slow: 1, failed: 1, average_rate: 800, target_rate: 720 },
    list: Array.from({ length: workers }, (_, index) => ({
      worker_id: index + 1, status: ['FAILED', 'PROCESSED'][index] ?? 'RUNNING', percent: 50, transaction_count: 100, processed_count: 50, rate: 800,
      is_slow: index === 4, quiet_seconds: 1, attempts: 0, leased_by: null, error_sqlstate: null, error_message: null,
    })),
  },
  latency: { chunks: 188, p50_ms: 1240, p95_ms: 2010, p99_ms: 2400, max_ms: 3100, transaction_p95_ms: 0.08 },
  database: {
    sampled_at: at, connections: 45, max_connections: 250, utilisation_percent: 18, active_statements: 40, query_ms: 812, longest_query_ms: 2010,
    cache_hit_percent: 99.2, waits: { 'IO: WalWrite': 3 }, wal_bytes_per_second: 45_000_000, checkpoints_timed: 0, checkpoints_requested: 1,
    oldest_snapshot_seconds: 95, prepared_transactions: 0,
  },
  validation: [
    { stage: 'PREFLIGHT', pass: 12, warn: 1, fail: 0, status: 'WARN' }, { stage: 'WORKER', pass: 0, warn: 0, fail: 0, status: null },
    { stage: 'PRECOMMIT', pass: 0, warn: 0, fail: 0, status: null },
  ],
  resources: null,
  events: Array.from({ length: 20 }, (_, index) => ({ event_id: 100 - index, at, kind: 'CHECKPOINT', worker_id: 47, message: `worker 47: chunk ${index}, 75264 entries` })),
  alerts: [{
    alert_id: 1, ledger_id: 1, batch_id: '2026-01-MONTHEND', attempt: 1, alert: 'WORKERS_FAILED', severity: 'CRITICAL', value: 21, threshold: 20, worst_value: 21,
    unit: 'workers', detail: null, meaning: 'm', command: './monthend resume 2026-01-MONTHEND', opened_at: at, cleared_at: null, is_open: true,
  }],
  comparison: { previous_batch_no: 1, previous_batch_id: '2025-12-MONTHEND', previous_transaction_count: 1, previous_seconds: 1, previous_percent: 44.4, expected_seconds: 1, expected_finish: at },
  sampler: { samples: 700, sampler_seconds: 2, statement_seconds: 900, percent: 0.222 }, sampled_at: at, sample_age_seconds: 3, fresh_ms: null,
  read_at: at, read_ms: 8,
});

describe('the screen in a terminal', () => {
  test.each([[80, 24], [140, 40], [81, 25], [60, 20], [40, 10], [250, 60]])('fills %i columns and %i rows, no more', (columns, rows) => {
    for (const paint of [plain, coloured]) {
      const lines = layout(screen(250), { columns, rows }, paint);
      expect(lines).toHaveLength(rows);
      expect([...new Set(lines.map(visible))]).toEqual([columns]);
    }
  });

  test('keeps its frame in 60 columns: what has no room ends with an ellipsis', () => {
    const lines = layout(screen(250), { columns: 60, rows: 24 }, plain, 'the server is away since quite a while');
    for (const line of lines) expect(line).toMatch(/^[┌├│└].*[┐┤│┘]$/);
    expect(lines[0]).toMatch(/the server .*… ┐$/);
    expect(lines.at(-1)).toMatch(/… ┘$/);
  });

  test('has every figure of the spec in 80 columns', () => {
    const text = layout(screen(100), { columns: 80, rows: 24 }, plain).join('\n');
    for (const figure of [
      '2026-01-MONTHEND ─ PROCESSING', '4/8 parallel processing', 'elapsed 12:34', 'left 7:21 (5:10–11:30)', '47.3 %', 'last month 44 %', 'current 8,412/s', 'average 8,120/s',
      'peak 9,001/s', 'target 5,556/s', '146.1 %', '4,730,000 of 10,000,000', 'running 98', 'complete 1', 'of 100', 'failed 1  slow 1: 5', 'p50 1,240 ms', 'p95 2,010 ms', 'p99 2,400 ms',
      'max 3,100 ms', 'connections 45/250 (18 %)', 'statements 40  age 0.8 s, most 2.0 s', 'Database, 3 s ago', 'cache hit 99.2 %', 'WAL 45 MB/s', 'checkpoints 0+1', 'prepared 0', 'snapshot 1:35', 'pre-flight  WARN  12 / 1 / 0', 'per-worker  –',
      'not available', 'CRITICAL WORKERS_FAILED 21 workers', './monthend resume 2026-01-MONTHEND', 'worker 47: chunk 0', '0.222 %',
    ]) expect(text).toContain(figure);
  });

  test('shows 250 workers at a glance where there is room, one character each', () => {
    const lines = layout(screen(250), { columns: 140, rows: 40 }, plain);
    const start = lines.findIndex((line) => line.includes('· pending'));
    const cells = lines.slice(start + 1, start + 3).join('').replace(/[│ ]/g, '');
    expect(cells).toHaveLength(250);
    expect(cells.slice(0, 6)).toBe('✗█▒▒!▒');
  });

  test('the host: what is free, and how old that is, in the half of 80 columns', () => {
    const found = { ...screen(1), resources: {
      sampled_at: at, label: 'database host', name: 'local', cpu_percent: 100, memory_percent: 53.7, memory_bytes: 25e9, disk_read_bytes_per_second: 38_000,
      disk_written_bytes_per_second: 17e6, disk_free_bytes: 120e9, network_received_bytes_per_second: 1, network_sent_bytes_per_second: 1,
    } };
    const text = layout(found, { columns: 80, rows: 24 }, plain).join('\n');
    for (const figure of ['Resources: database host, 3 s ago', 'disk r 38 kB/s w 17 MB/s free 120 GB']) expect(text).toContain(figure);
    const over = layout({ ...found, batch: { ...found.batch, is_running: false }, sample_age_seconds: 90_000 }, { columns: 80, rows: 24 }, plain).join('\n');
    expect(over).toMatch(/Database, \d\d:\d\d:\d\d ─/);
  });

  test('of several alerts the worst, and a count of the others', () => {
    const [alert] = screen(1).alerts;
    const warning = (name: string) => ({ ...alert, alert: name, severity: 'WARNING' }) as Screen['alerts'][number];
    const shown = layout({ ...screen(1), alerts: [warning('FINISH'), warning('THROUGHPUT'), ...screen(1).alerts] }, { columns: 80, rows: 24 }, plain);
    const start = shown.findIndex((line) => line.includes('Alerts: and 2 more'));
    expect(shown[start + 1]).toContain('CRITICAL WORKERS_FAILED');
    expect(shown.join()).not.toContain('FINISH');
    expect(layout({ ...screen(1), alerts: [warning('FINISH'), warning('THROUGHPUT')] }, { columns: 140, rows: 40 }, plain).join()).toMatch(/FINISH.*THROUGHPUT/);
  });

  test('says that nobody works on a batch, and what to type', () => {
    const { batch, ...rest } = screen(1);
    const [, head] = layout({ ...rest, batch: { ...batch, ledger_id: 2, is_paused: true } }, { columns: 80, rows: 24 }, plain);
    expect(head).toContain('nobody works on it: ./monthend resume 2026-01-MONTHEND --ledger 2');
  });

  test.each([[80, 24], [40, 5]])('an empty frame of %i columns and %i rows while there is nothing to show', (columns, rows) => {
    const lines = emptyLayout({ columns, rows }, 'the server is away');
    expect(lines[0]).toContain('the server is away');
    expect(lines.map(visible)).toEqual(Array.from({ length: rows }, () => columns));
  });

  test('a notice takes the place of the last update', () => {
    expect(layout(screen(1), { columns: 80, rows: 24 }, plain, 'the server is away')[0]).toContain('the server is away');
  });

  test('times, sizes and widths', () => {
    expect([null, 0, 59.6, 3599, 3600, 4041].map(clock)).toEqual(['–', '0:00', '1:00', '59:59', '1:00:00', '1:07:21']);
    expect([null, 0, 999, 1500, 4_600_000, 25e9, 3e15].map(bytes)).toEqual(['–', '0 B', '999 B', '2 kB', '4.6 MB', '25 GB', '3000 TB']);
    expect(fit('\x1b[31mabc\x1b[39m', 5)).toBe('\x1b[31mabc\x1b[39m  ');
    expect(fit('\x1b[31mabc\x1b[39m', 2)).toBe('\x1b[31ma…\x1b[39m');
    expect([cut('abc', 3), cut('abc', 1), cut('abc', 0)]).toEqual(['abc', '…', '']);
  });
});
