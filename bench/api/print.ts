import type { Latency } from './reads.ts';
import type { LoadResult, Times } from './run.ts';
import type { Resident } from './viewers.ts';

const times = ({ median, least, greatest, all }: Times): string => `${median} s (least ${least}, greatest ${greatest}; ${all.join(', ')})`;
const latency = ({ count, p50, p95, p99, max }: Latency): string => `p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms, longest ${max} ms, of ${count}`;

/** At most a dozen looks, the first and the last among them. */
function some(resident: readonly Resident[]): readonly Resident[] {
  const step = Math.max(1, Math.ceil((resident.length - 1) / 11));
  return resident.filter((_, at) => at % step === 0 || at === resident.length - 1);
}

/** Prints a result for people, on stdout. */
export function printLoad({ viewers, environment, ...result }: LoadResult): void {
  const { with_reads: beside, without_reads: without } = result;
  const rows: [string, string][] = [
    ['transactions', `${result.transactions.toLocaleString('en')}, ${result.sessions} sessions`],
    ['batch without reads', times(without)],
    [`batch with ${result.reads_per_second} reads/s`, times(beside)],
    ['ratio of the medians', (beside.median / without.median).toFixed(3)],
    ['reads', latency(result.reads_ms)],
    ...(viewers === null ? [] : [
      ['followed by', `${viewers.count}, each sent ${viewers.events} events; all there after ${viewers.complete_after} s`],
      ['batch meanwhile', `${viewers.batch_seconds} s`],
      ['reads meanwhile', latency(viewers.reads_ms)],
      ['memory meanwhile', some(viewers.resident).map(({ seconds, mebibytes }) => `${seconds} s ${mebibytes} MiB`).join(', ')],
    ] satisfies [string, string][]),
    ['digest', result.digest],
    ['server', `PostgreSQL ${environment.postgresql}, ${environment.server}`],
    ['machine', `${environment.cores} cores, ${environment.processor}, load ${environment.load_average.toFixed(2)} at the start`],
    ['node', environment.node],
  ];
  for (const [name, value] of rows) console.log(`${name.padEnd(28)} ${value}`);
}
