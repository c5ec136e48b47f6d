import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { projectFolder } from '../../control/config.ts';
import { connect } from '../../control/server/index.ts';
import { generateMonth, period, premiumsOf } from '../../bench/generate.ts';
import { copyBatch } from '../../bench/floor.ts';
import { median } from '../../bench/result.ts';
import { closeMonth, one, rowsOf } from '../support/close.ts';
import { useDatabase } from '../support/database.ts';

// That the benchmark runs and measures what it says. How fast anything is, no test of ours judges.

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const server = inject('testServer');
const home = mkdtempSync('/tmp/monthend-bench-test-');
afterAll(() => rmSync(home, { recursive: true, force: true }));

function start(args: readonly string[], environment: Record<string, string>, program = 'main.ts') {
  const child = spawn(process.execPath, [join(projectFolder, 'bench', program), ...args], {
    env: { ...process.env, DATABASE_URL: '', MONTHEND_ADMIN_URL: '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const done = Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
    .then(([stdout, stderr, [code]]): Run => ({ code: code as number | null, stdout, stderr }));
  return { child, done };
}

async function benchDatabases(): Promise<string[]> {
  const admin = await connect({ url: server.adminUrl, applicationName: 'test' });
  try {
    const { rows } = await admin.query<{ datname: string }>("select datname from pg_database where datname like 'bench\\_%'");
    return rows.map((row) => row.datname);
  } finally {
    await admin.end();
  }
}

describe('on a given server', () => {
  test('the API under load: pairs of batches, latencies, followers, memory', async () => {
    const { code, stdout, stderr } = await start(
      ['--transactions', '2000', '--pairs', '2', '--sessions', '2', '--rate', '20', '--viewers', '30', '--json'],
      { DATABASE_URL: server.adminUrl }, 'api/main.ts',
    ).done;
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const result = JSON.parse(stdout) as Record<'without_reads' | 'with_reads', { all: number[]; median: number }> & {
      reads_ms: { count: number; p50: number; p95: number; p99: number; max: number }; viewers: { count: number; events: number; resident: { mebibytes: number }[] };
    };
    for (const { all, median: middle } of [result.without_reads, result.with_reads]) {
      expect(all).toHaveLength(2);
      expect(middle).toBeGreaterThan(0);
    }
    const { count, p50, p95, p99, max } = result.reads_ms;
    expect(count).toBeGreaterThan(0);
    expect([p50, p95, p99, max].toSorted((a, b) => a - b)).toEqual([p50, p95, p99, max]);
    // 8 chunks, 9 states, the end
    expect(result.viewers).toMatchObject({ count: 30, events: 8 + 9 + 1 });
    for (const { mebibytes } of result.viewers.resident) expect(mebibytes).toBeGreaterThan(20);
    expect(await benchDatabases()).toEqual([]);
  }, 600_000);

  test('measures close and floor, prints the figures, and drops its databases', async () => {
    const { code, stdout, stderr } = await start(
      ['--transactions', '2000', '--rounds', '1', '--sessions', '2', '--workers', '4', '--seed', '5', '--json'],
      { DATABASE_URL: server.adminUrl },
    ).done;
    expect(stderr).toContain('round 1 of 1: floor');
    expect(code).toBe(0);
    const result = JSON.parse(stdout) as Record<string, unknown>;
    expect(result).toMatchObject({
      transactions: 2000, sessions: 2, entries: 6000, lines: 18_000,
      digest: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      environment: {
        server: 'DATABASE_URL', postgresql: expect.stringMatching(/^\d+\.\d+/) as string, node: process.version,
        settings: expect.any(Object) as object, cores: expect.any(Number) as number,
        memory_bytes: expect.any(Number) as number,
      },
    });
    expect((result.phases as { phase: number }[]).map(({ phase }) => phase)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const positive = [
      'close_seconds', 'floor_seconds', 'floor_copy_seconds', 'floor_index_seconds', 'commit_seconds', 'ratio', 'wal_bytes',
      'floor_wal_bytes', 'rows_per_second', 'transactions_per_second', 'control_plane_rss_bytes',
    ];
    for (const name of positive) expect(result[name], name).toBeGreaterThan(0);
    expect(result.ratios).toEqual([result.ratio]);
    expect(result.warm_up).toMatchObject({ ratio: expect.any(Number) as number, close_seconds: expect.any(Number) as number });
    const quotient = (result.close_seconds as number) / (result.floor_seconds as number);
    // seconds are printed in milliseconds, and a floor of this size has few
    expect((result.ratio as number) / quotient).toBeCloseTo(1, 1);
    // the phases are parts of the close
    const phases = result.phases as { seconds: number }[];
    expect(phases.reduce((sum, { seconds }) => sum + seconds, 0)).toBeLessThanOrEqual(result.close_seconds as number);
    expect(await benchDatabases()).toEqual([]);
  });
});

describe('on a server of its own', () => {
  test('an interrupted run leaves no server, no folder and no figures', async () => {
    const { child, done } = start(['--transactions', '1000', '--rounds', '100'], { MONTHEND_HOME: home });
    child.stderr.on('data', (chunk: Buffer) => {
      if (chunk.includes('round 1 of 100')) child.kill('SIGINT');
    });
    const { code, stdout, stderr } = await done;
    expect(stderr).toContain('Interrupted.');
    expect({ code, stdout }).toEqual({ code: 6, stdout: '' });
    expect(readdirSync(home)).toEqual([]);
  });

  test('refuses what it cannot mean', async () => {
    const { code, stderr } = await start(['--transactions', 'many'], { MONTHEND_HOME: home }).done;
    expect(code).toBe(2);
    expect(stderr).toContain('--transactions');
  });
});

describe('the generated month', () => {
  const database = useDatabase();
  let owner: pg.Client;

  beforeAll(async () => {
    owner = await database.session('owner');
    await generateMonth(owner, 2000, 7);
  });

  test('has 70 % premiums, some of them refunds, cents, few policies twice, and all of the month', async () => {
    expect(await rowsOf(owner, `
      select source, count(*), min(transaction_date)::text, max(transaction_date)::text
        from subledger.transaction group by source order by source`)).toEqual([
      [1, String(premiumsOf(2000)), '2025-01-01', '2025-01-31'], [2, '600', '2025-01-01', '2025-01-31'],
    ]);
    const share = 'select round(avg((%)::integer), 2)::float8 from subledger.transaction';
    expect(await one(owner, share.replace('%', 'amount <> trunc(amount)'))).toBeGreaterThan(0.9);
    expect(await one(owner, share.replace('%', 'amount < 0'))).toBeCloseTo(0.01, 1);
    expect(await one(owner, 'select count(distinct policy_number)::integer from subledger.transaction')).toBeGreaterThan(1500);
  });

  test('is the same for the same seed only', async () => {
    const content = `select md5(string_agg(concat_ws('|', source, source_id, policy_number, product_code,
      transaction_date, amount, cost_center), E'\\n' order by source, source_id)) from subledger.transaction`;
    const before = await one<string>(owner, content);
    const again = async (seed: number): Promise<string> => {
      await owner.query('delete from subledger.premium_transaction');
      await owner.query('delete from subledger.claims_transaction');
      await generateMonth(owner, 2000, seed);
      return one<string>(owner, content);
    };
    expect(await again(8)).not.toBe(before);
    expect(await again(7)).toBe(before);
  });

  test('the floor copies every row of the batch, whatever the number of sessions', async () => {
    await closeMonth(owner, period);
    const sessions = await Promise.all([1, 2, 3].map(() => database.session('owner')));
    await copyBatch(sessions, `${period}-MONTHEND`);
    for (const [table, parent] of [['header', 'journal_entry_header'], ['line', 'journal_entry_line']] as const) {
      const copy = await one<string>(owner, `
        select string_agg(format('floor.%I', c.relname), '') from pg_class c
         where c.relnamespace = 'floor'::regnamespace and c.relkind = 'r' and c.relname like '%' || $1 || '%'`, [table]);
      const difference = await one<string>(owner, `
        select count(*) from ((table ledger_data.${parent} except all table ${copy})
                    union all (table ${copy} except all table ledger_data.${parent})) x`);
      expect(difference).toBe('0');
      const indexes = (of: string) => one<string[]>(owner, `
        select array_agg(x.index order by x.index)
          from (select regexp_replace(i.indexdef, 'INDEX .* USING', 'INDEX') as index
                  from pg_indexes i where format('%I.%I', i.schemaname, i.tablename) = $1) x`, [of]);
      const leaf = await one<string>(owner, `select 'ledger_data.' || ${table}_table from month_end.leaf`);
      expect(await indexes(copy)).toEqual(await indexes(leaf));
    }
  });
});

test('a median is the middle, or the mean of the middle two', () => {
  expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([5])]).toEqual([2, 2.5, 5]);
});
