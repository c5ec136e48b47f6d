import { expect, test } from 'vitest';
import { settingsFor } from '../../../control/server/settings.ts';

const GiB = 1024 ** 3;
const place = { port: 5432, socketFolder: "/tmp/it's" };

function settings(memoryBytes: number, cores: number, freeDiskBytes: number): Record<string, string> {
  const lines = settingsFor({ memoryBytes, cores, freeDiskBytes }, place).split('\n');
  return Object.fromEntries(
    lines.filter((line) => line.includes(' = ')).map((line) => line.split(' = ') as [string, string]),
  );
}

test('a small machine: a quarter and three quarters of its memory, its own cores', () => {
  expect(settings(8 * GiB, 2, 100 * GiB)).toMatchObject({
    shared_buffers: "'2048MB'", effective_cache_size: "'6144MB'", max_parallel_workers: '2',
    max_parallel_workers_per_gather: '1', max_worker_processes: '8', max_wal_size: "'10240MB'", min_wal_size: "'2048MB'",
    fsync: 'on', full_page_writes: 'on', wal_level: 'replica', max_connections: '250', jit: 'off',
  });
});

test('a large one: the limits of the specification', () => {
  expect(settings(256 * GiB, 32, 2000 * GiB)).toMatchObject({
    shared_buffers: "'4096MB'", maintenance_work_mem: "'2048MB'", max_worker_processes: '32',
    max_parallel_workers: '24', max_parallel_workers_per_gather: '8',
  });
});

test('a small disk gets less WAL', () => {
  expect(settings(8 * GiB, 2, 8 * GiB)).toMatchObject({ max_wal_size: "'2048MB'" });
});

test('a quote in a path is doubled', () => {
  expect(settings(GiB, 1, GiB).unix_socket_directories).toBe("'/tmp/it''s'");
});
