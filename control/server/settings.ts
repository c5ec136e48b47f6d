import { statfsSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';

/** The machine as the server's settings see it. */
export interface HostFacts {
  readonly memoryBytes: number;
  readonly cores: number;
  readonly freeDiskBytes: number;
}

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;

/** Memory and cores of this machine, or of the container that it is; the disk that holds `folder`. */
export function hostFacts(folder: string): HostFacts {
  // 0: no limit is known.
  const limit = process.constrainedMemory();
  const total = totalmem();
  const disk = statfsSync(folder);
  return {
    memoryBytes: limit > 0 ? Math.min(limit, total) : total,
    cores: availableParallelism(),
    freeDiskBytes: disk.bavail * disk.bsize,
  };
}

const between = (low: number, value: number, high: number): number =>
  Math.round(Math.min(high, Math.max(low, value)));

const inMegabytes = (bytes: number): string => `'${Math.floor(bytes / MiB)}MB'`;

/** Shared memory segments of parallel queries; too small in many containers. */
function sharedMemoryIsRoomy(): boolean {
  try {
    const shm = statfsSync('/dev/shm');
    return shm.bavail * shm.bsize >= GiB;
  } catch {
    return false;
  }
}

/**
 * The settings of the embedded server: those of a batch in spec/month-end-close.md, cut to this
 * machine. What a batch needs for its window only (work_mem and others) is set per session.
 */
export function settingsFor(
  host: HostFacts,
  place: { port: number; socketFolder: string; maxSharedBuffersBytes?: number | undefined },
): string {
  const { memoryBytes, cores, freeDiskBytes } = host;
  const sharedBuffers = Math.min(place.maxSharedBuffersBytes ?? 4 * GiB, memoryBytes / 4);
  // Ten gigabytes of WAL on a disk that has twelve would end the close in the middle.
  const maxWal = between(GiB, freeDiskBytes / 4, 10 * GiB);
  const settings: [name: string, value: string | number][] = [
    ['listen_addresses', "'127.0.0.1'"],
    ['port', place.port],
    ['unix_socket_directories', `'${place.socketFolder.replaceAll("'", "''")}'`],
    ['unix_socket_permissions', '0700'],
    ['password_encryption', "'scram-sha-256'"],
    ['max_connections', 250],
    ['superuser_reserved_connections', 3],

    ['shared_buffers', inMegabytes(sharedBuffers)],
    ['effective_cache_size', inMegabytes((memoryBytes * 3) / 4)],
    ['maintenance_work_mem', inMegabytes(between(64 * MiB, memoryBytes / 32, 2 * GiB))],
    ['wal_buffers', "'16MB'"],
    ['dynamic_shared_memory_type', sharedMemoryIsRoomy() ? 'posix' : 'mmap'],
    ['max_locks_per_transaction', 256],

    ['wal_level', 'replica'],
    ['fsync', 'on'],
    ['full_page_writes', 'on'],
    ['synchronous_commit', 'on'],
    ['checkpoint_timeout', "'15min'"],
    ['checkpoint_completion_target', 0.9],
    ['max_wal_size', inMegabytes(maxWal)],
    ['min_wal_size', inMegabytes(maxWal / 5)],

    ['max_worker_processes', between(8, cores * 2, 32)],
    ['max_parallel_workers', between(2, cores, 24)],
    ['max_parallel_workers_per_gather', between(1, cores / 2, 8)],
    ['max_parallel_maintenance_workers', between(1, cores / 2, 8)],
    ['parallel_setup_cost', 100],
    ['parallel_tuple_cost', 0.01],
    ['jit', 'off'],

    ['autovacuum_max_workers', 4],
    ['autovacuum_naptime', "'10s'"],

    ['log_min_duration_statement', "'1s'"],
    ['log_checkpoints', 'on'],
    ['log_connections', 'on'],
    ['log_disconnections', 'on'],
    ['log_line_prefix', "'%m [%p] %l %u@%d %a %h '"],

    ['timezone', "'UTC'"],
    ['log_timezone', "'UTC'"],
    ['datestyle', "'ISO, YMD'"],
  ];
  return [
    '# Written anew at each start of the embedded server: changes here are lost.',
    '# Put yours into postgresql.conf below the include, or use ALTER SYSTEM.',
    ...settings.map(([name, value]) => `${name} = ${value}`),
    '',
  ].join('\n');
}
