import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { beforeAll, expect, test } from 'vitest';
import { projectFolder } from '../../../control/config.ts';
import { recommendSettings } from '../../../control/database/doctor.ts';
import { settingsFor } from '../../../control/server/settings.ts';
import { one } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';

const database = useDatabase();
const GiB = 1024 ** 3;
let owner: pg.Client;
beforeAll(async () => { owner = await database.session('owner'); });

async function settings(memoryGiB: number, cores: number, transactions = 10_000_000, disk: 'ssd' | 'hdd' = 'ssd'): Promise<Record<string, string>> {
  const all = await recommendSettings(owner, { memoryBytes: memoryGiB * GiB, cores, disk, transactions });
  return Object.fromEntries(all.filter((each) => !each.is_option).map(({ name, value }) => [name, value]));
}
/** name = value of a configuration file, quotes taken off. */
const parse = (text: string): Record<string, string> => Object.fromEntries(
  [...text.matchAll(/^(\w+) = '?([^'\n]*)'?$/gm)].map(([, name, value]) => [name, value] as [string, string]));
const amount = (value: string) => one<string | null>(owner, 'select trim_scale(month_end.setting_amount($1))', [value]);

test('the reference machine gets the settings of the specification', async () => {
  expect(await settings(256, 32)).toMatchObject({
    max_connections: '250', shared_buffers: '64GB', effective_cache_size: '192GB', wal_buffers: '16MB', checkpoint_completion_target: '0.9',
    max_wal_size: '10GB', min_wal_size: '2GB', max_worker_processes: '32', max_parallel_workers: '24', max_parallel_workers_per_gather: '8',
    parallel_setup_cost: '100', parallel_tuple_cost: '0.01', maintenance_work_mem: '2GB', autovacuum_max_workers: '4', autovacuum_naptime: '10s',
    log_min_duration_statement: '1s', log_checkpoints: 'on', log_connections: 'on', log_disconnections: 'on', huge_pages: 'try',
    effective_io_concurrency: '200',
  });
});

test('a small machine, a small month, a slow disk', async () => {
  const small = await settings(8, 2, 200_000, 'hdd');
  expect(small).toMatchObject({
    shared_buffers: '2GB', effective_cache_size: '6GB', maintenance_work_mem: '1GB', max_worker_processes: '8', max_parallel_workers: '2',
    max_parallel_workers_per_gather: '1', max_wal_size: '1GB', min_wal_size: '204MB', effective_io_concurrency: '2',
  });
  expect(small).not.toHaveProperty('huge_pages');
});

test('what is written starts a server: each name and value is one that this server takes', async () => {
  for (const [name, value] of Object.entries(await settings(1, 2))) {
    expect(await one(owner, 'select count(*) from pg_settings where name = $1', [name]), `${name} ${value}`).toBe('1');
  }
});

test.each(['deploy/postgresql.conf'])('%s agrees, for 16 GB', async (file) => {
  const deployed = parse(readFileSync(join(projectFolder, file), 'utf8'));
  const wanted = await settings(16, 32);
  for (const [name, value] of Object.entries(wanted)) {
    const there = deployed[name];
    expect(there, `${name} is missing`).toBeDefined();
    expect(await amount(there ?? '') ?? there, name).toBe(await amount(value) ?? value);
  }
});

test('the embedded server agrees where it is not made smaller', async () => {
  const embedded = parse(settingsFor({ memoryBytes: 16 * GiB, cores: 8, freeDiskBytes: 1000 * GiB }, { port: 1, socketFolder: '/tmp' }));
  const wanted = await settings(16, 8);
  const both = Object.keys(wanted).filter((name) => name in embedded);
  expect(both.length).toBeGreaterThan(20);
  for (const name of both) {
    const [here, there] = [embedded[name] ?? '', wanted[name] ?? ''];
    // the machine is also somebody's desk
    if (name !== 'maintenance_work_mem') expect(await amount(here) ?? here, name).toBe(await amount(there) ?? there);
  }
});
