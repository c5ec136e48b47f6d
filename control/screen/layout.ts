import type { Screen } from '../database/monitoring.ts';
import { bytes, clock, columnsOf, count, cut, fit, percent, timeOfDay, typed } from '../output/format.ts';

/** How a text looks; the identity where there are no colours. */
export type Paint = (format: 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan', text: string) => string;

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

interface Part {
  readonly title: string;
  readonly lines: readonly string[];
}

const leastColumns = 60;
const tall = 32;
const labels = { PREFLIGHT: 'pre-flight', WORKER: 'per-worker', PRECOMMIT: 'pre-commit' } as const;

function bar(done: number, width: number): string {
  const filled = Math.round((done / 100) * width);
  return '█'.repeat(filled) + '░'.repeat(Math.max(0, width - filled));
}

function head({ batch, comparison }: Screen, width: number, paint: Paint): string[] {
  const phase = batch.phase === null ? batch.status : `${batch.phase}/8 ${batch.phase_name}`;
  const left = batch.seconds_left === null ? '' :
    `  left ${clock(batch.seconds_left)} (${clock(batch.seconds_left_low)}–${clock(batch.seconds_left_high)})  done ${timeOfDay(batch.expected_finish).slice(0, 5)}`;
  const ghost = comparison === null ? '' : `  last month ${Math.round(comparison.previous_percent ?? 0)} %`;
  const beside = ` ${(batch.percent ?? 0).toFixed(1).padStart(5)} %${ghost}`;
  return [
    batch.is_paused
      ? paint('yellow', `${batch.phase ?? '–'}/8  nobody works on it: ${typed(`resume ${batch.batch_id}`, batch.ledger_id)}`)
      : `${paint('bold', phase)}  elapsed ${clock(batch.elapsed_seconds)}${left}`,
    paint('cyan', bar(batch.percent ?? 0, width - beside.length)) + beside,
  ];
}

function throughput({ throughput: rate }: Screen): Part {
  return { title: 'Throughput', lines: [
    `current ${count(rate.current_rate)}/s  average ${count(rate.average_rate)}/s`,
    `peak ${count(rate.peak_rate)}/s  target ${count(rate.target_rate)}/s`,
    `${percent(rate.percent_of_target)} of the target`,
  ] };
}

function workers({ workers: { counts, list } }: Screen, paint: Paint): Part {
  if (counts === null) return { title: 'Workers', lines: ['not launched yet', '', ''] };
  const slow = list.filter((worker) => worker.is_slow).map((worker) => worker.worker_id);
  const failed = `failed ${counts.failed}`;
  return { title: 'Workers', lines: [
    `running ${counts.running}  complete ${counts.complete} of ${counts.total}`,
    `${(counts.failed ?? 0) > 0 ? paint('red', failed) : failed}  slow ${counts.slow}${slow.length === 0 ? '' : paint('yellow', `: ${slow.join(', ')}`)}`,
    `a worker ${count(counts.average_rate)}/s  target ${count(counts.target_rate)}/s`,
  ] };
}

function latency({ latency: chunk, batch }: Screen): Part {
  return { title: 'Latency of chunks', lines: chunk === null ? ['none done yet', '', ''] : [
    `p50 ${count(chunk.p50_ms)} ms  p95 ${count(chunk.p95_ms)} ms`,
    `p99 ${count(chunk.p99_ms)} ms  max ${count(chunk.max_ms)} ms`,
    `${count(batch.processed_count)} of ${count(batch.transaction_count)} transactions`,
    `${count(chunk.chunks)} done  p95 a transaction ${chunk.transaction_p95_ms ?? '–'} ms`,
  ] };
}

function waits(found: Record<string, number> | null): string {
  if (found === null) return '–';
  return Object.entries(found).map(([name, sessions]) => `${name} ${sessions}`).join(', ') || 'none';
}

const seconds = (milliseconds: number | null): string => (milliseconds === null ? '–' : `${(milliseconds / 1000).toFixed(1)} s`);

/** When the last sample was taken, for a title. */
const age = ({ batch, sample_age_seconds: old, sampled_at: at }: Screen): string =>
  old === null ? '' : batch.is_running ? `, ${old < 100 ? `${old} s` : clock(old)} ago` : `, ${timeOfDay(at)}`;

function server(screen: Screen): Part {
  const { database: found } = screen;
  if (found === null) return { title: 'Database', lines: ['no sample yet', '', '', '', ''] };
  return { title: `Database${age(screen)}`, lines: [
    `connections ${count(found.connections)}/${count(found.max_connections)} (${percent(found.utilisation_percent)})`,
    `statements ${count(found.active_statements)}  age ${seconds(found.query_ms)}, most ${seconds(found.longest_query_ms)}`,
    `cache hit ${percent(found.cache_hit_percent)}  WAL ${bytes(found.wal_bytes_per_second)}/s`,
    `checkpoints ${count(found.checkpoints_timed)}+${count(found.checkpoints_requested)}  snapshot ${clock(found.oldest_snapshot_seconds)}`,
    `prepared ${count(found.prepared_transactions)}  waits ${waits(found.waits)}`,
  ] };
}

function validation({ validation: stages }: Screen, paint: Paint): Part {
  const colours = { PASS: 'green', WARN: 'yellow', FAIL: 'red' } as const;
  return { title: 'Validation: pass / warn / fail', lines: stages.map(({ stage, status, pass, warn, fail }) =>
    `${labels[stage].padEnd(11)} ${status === null ? '–' : `${paint(colours[status], status)}  ${pass} / ${warn} / ${fail}`}`) };
}

function resources(screen: Screen): Part {
  const { resources: host } = screen;
  if (host === null) return { title: 'Resources', lines: ['not available', '', ''] };
  return { title: `Resources: ${host.label}${age(screen)}`, lines: [
    `CPU ${percent(host.cpu_percent)}  memory ${percent(host.memory_percent)} of ${bytes(host.memory_bytes)}`,
    `disk r ${bytes(host.disk_read_bytes_per_second)}/s w ${bytes(host.disk_written_bytes_per_second)}/s free ${bytes(host.disk_free_bytes)}`,
    `network in ${bytes(host.network_received_bytes_per_second)}/s  out ${bytes(host.network_sent_bytes_per_second)}/s`,
  ] };
}

/** One character a worker. */
function grid({ workers: { list } }: Screen, width: number, paint: Paint): string[] {
  const cells = list.map((worker) => {
    if (worker.status === 'FAILED') return paint('red', '✗');
    if (worker.is_slow) return paint('yellow', '!');
    if (worker.status === 'PENDING') return paint('dim', '·');
    return worker.status === 'RUNNING' ? paint('cyan', '▒') : paint('green', '█');
  });
  const lines: string[] = [];
  for (let at = 0; at < cells.length; at += width) lines.push(cells.slice(at, at + width).join(''));
  return lines;
}

function timeline({ phases }: Screen, paint: Paint): string {
  return phases.map(({ phase, name, seconds, is_running: isRunning, finished_at: finished }) => {
    const text = `${phase} ${name} ${clock(seconds)}`;
    return isRunning ? paint('bold', text) : finished === null ? paint('dim', `${phase} ${name}`) : text;
  }).join('  ');
}

/** The worst ones, as many as there is room for; the title counts the others. */
function alerts({ alerts: open, batch }: Screen, room: number, paint: Paint): Part {
  const shown = [...open].sort((one, other) => one.severity.localeCompare(other.severity)).slice(0, room);
  const rest = open.length - shown.length;
  return {
    title: rest === 0 ? 'Alerts' : `Alerts: and ${rest} more, ${typed('alert list --open', batch.ledger_id)}`,
    lines: shown.length === 0 ? [paint('green', 'none')] : shown.flatMap((alert) => [
      paint(alert.severity === 'CRITICAL' ? 'red' : 'yellow', `${alert.severity} ${alert.alert} ${alert.value ?? ''} ${alert.unit} (threshold ${alert.threshold ?? '–'})`),
      `  ${alert.command}`,
    ]),
  };
}

function rule(left: string, title: string, right: string, width: number): string {
  const shown = cut(title, width - 5);
  return `${left}─ ${shown} ${'─'.repeat(Math.max(0, width - shown.length - 5))}${right}`;
}

/**
 * The screen as lines, as many as the terminal has at most: boxes two by two, events and alerts below;
 * on a tall one the workers one by one and the phases. `notice` takes the place of the last update.
 */
export function layout(screen: Screen, size: Size, paint: Paint, notice?: string): string[] {
  const width = Math.max(leastColumns, size.columns);
  const inner = width - 4;
  const half = Math.floor((width - 3) / 2);
  const other = width - 3 - half;
  const row = (text: string): string => `│ ${fit(text, inner)} │`;
  const pair = (left: Part, right: Part, isFirst: boolean): string[] => [
    `${rule('├', left.title, isFirst ? '┬' : '┼', half + 2)}${rule('', right.title, '┤', other + 2)}`,
    ...right.lines.map((line, at) => `│ ${fit(left.lines[at] ?? '', half - 2)} │ ${fit(line, other - 2)} │`),
  ];
  const updated = notice ?? `updated ${timeOfDay(screen.read_at)}`;
  const title = `${screen.batch.batch_id} ─ ${screen.batch.status} ─ ${updated}`;
  const top = [rule('┌', title, '┐', width), ...head(screen, inner, paint).map(row)];
  const boxes = [
    ...pair(throughput(screen), workers(screen, paint), true), ...pair(latency(screen), server(screen), false),
    ...pair(validation(screen, paint), resources(screen), false),
  ];
  const isTall = size.rows >= tall;
  const more = isTall ? [
    rule('├', 'Workers: · pending ▒ running █ complete ! slow ✗ failed', '┤', width), ...grid(screen, inner, paint).map(row),
    rule('├', 'Phases', '┤', width), ...wrap(timeline(screen, paint), inner).map(row),
  ] : [];
  const bottom = rule('└', `Ctrl-C leaves the screen ─ watching took ${percent(screen.sampler.percent)} of the statement time`, '┘', width);
  const said = alerts(screen, isTall ? 4 : 1, paint);
  const room = size.rows - top.length - boxes.length - more.length - said.lines.length - 3;
  const happened = screen.events.slice(0, Math.max(0, room)).map(({ at, message }) => `${timeOfDay(at)} ${message}`);
  const lines = [
    ...top, ...boxes, ...more, rule('├', said.title, '┤', width), ...said.lines.map(row),
    rule('├', 'Events', '┤', width), ...happened.map(row), ...Array.from({ length: Math.max(0, room - happened.length) }, () => row('')), bottom,
  ];
  return lines.slice(0, size.rows).map((line) => fit(line, size.columns));
}

/** The frame before there is anything to show. */
export const emptyLayout = ({ columns, rows }: Size, notice: string): string[] => [
  rule('┌', notice, '┐', columns), ...Array.from({ length: rows - 2 }, () => `│${' '.repeat(columns - 2)}│`),
  rule('└', 'Ctrl-C leaves the screen', '┘', columns),
].map((line) => fit(line, columns));

/** Breaks between entries, which two spaces part. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const entry of text.split('  ')) {
    const next = line === '' ? entry : `${line}  ${entry}`;
    if (columnsOf(next) > width && line !== '') {
      lines.push(line);
      line = entry;
    } else {
      line = next;
    }
  }
  return [...lines, line];
}
