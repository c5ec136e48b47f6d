import { inspect } from 'node:util';
import type { Result } from './result.ts';

const count = (value: number): string => value.toLocaleString('en');
const seconds = (value: number): string => `${value.toFixed(2)} s`;
const mebibytes = (bytes: number): string => `${count(Math.round(bytes / 1024 ** 2))} MiB`;

/** Prints a result for people, on stdout. */
export function printResult(result: Result): void {
  const { environment } = result;
  const rows: [string, string][] = [
    ['transactions', `${count(result.transactions)} (${count(result.entries)} entries, ${count(result.lines)} lines)`],
    ['close', `${seconds(result.close_seconds)}, ${count(result.transactions_per_second)} transactions/s, ${count(result.rows_per_second)} rows/s`],
    ...result.phases.map(({ phase, name, seconds: each }): [string, string] => [`  ${phase} ${name}`, seconds(each)]),
    ['write floor', `${seconds(result.floor_seconds)} (copy ${seconds(result.floor_copy_seconds)}, indexes ${seconds(result.floor_index_seconds)})`],
    ['ratio', `${result.ratio} (least ${result.ratio_min}, greatest ${result.ratio_max}; rounds ${result.ratios.join(', ')})`],
    ['  warm-up', `${result.warm_up.ratio}: close ${seconds(result.warm_up.close_seconds)}, floor ${seconds(result.warm_up.floor_seconds)}`],
    ['WAL', `close ${mebibytes(result.wal_bytes)}, floor ${mebibytes(result.floor_wal_bytes)}`],
    ['control plane', `at most ${mebibytes(result.control_plane_rss_bytes)} resident`],
    ['digest', result.digest],
    ['sessions', `${result.sessions}`],
    ['server', `PostgreSQL ${environment.postgresql}, ${environment.server}`],
    ['machine', `${environment.cores} cores, ${environment.processor}, ${mebibytes(environment.memory_bytes)}, load ${environment.load_average.toFixed(2)} at the start`],
    ['node', environment.node],
  ];
  for (const [name, value] of rows) console.log(`${name.padEnd(28)} ${value}`);
  console.log(`${'settings'.padEnd(28)} ${inspect(environment.settings, { breakLength: 90, compact: 20, sorted: true })}`);
}
