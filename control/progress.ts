import { styleText } from 'node:util';
import type { Progress } from './database/batch.ts';

// What stands beside the bar takes up to 66 columns.
const barWidth = (): number => Math.min(24, Math.max(8, (process.stderr.columns || 80) - 66));

/** Shows how far a batch is, on stderr: one line that is drawn again, or plain lines where it is no terminal. */
export interface ProgressView {
  readonly show: (progress: Progress) => void;
  readonly end: () => void;
}

const style = (format: Parameters<typeof styleText>[0], text: string): string =>
  styleText(format, text, { stream: process.stderr });

const count = (text: string): string => Number(text).toLocaleString('en');

/** A phase's line: bar, percent, rate and remaining time where the phase has steps. */
export function progressLine(progress: Progress): string {
  const name = progress.phase === null ? progress.status : `${progress.phase}/8 ${progress.phase_name}`;
  const elapsed = `${Number(progress.elapsed_seconds).toFixed(1)} s`;
  if (progress.steps_total === null || progress.percent === null) return `${name.padEnd(25)} ${elapsed}`;
  const percent = Number(progress.percent);
  const width = barWidth();
  const filled = Math.round((percent / 100) * width);
  const bar = '█'.repeat(filled) + '░'.repeat(width - filled);
  const steps = `${count(progress.steps_done ?? '0')}/${count(progress.steps_total)}`;
  const processing = progress.status === 'PROCESSING';
  const rate = processing && progress.transactions_per_second !== null ? `  ${count(progress.transactions_per_second)}/s` : '';
  const left = progress.seconds_left === null ? '' : `  ${Math.ceil(Number(progress.seconds_left))} s left`;
  const failed = progress.workers_failed === '0' ? '' : style('red', `  ${progress.workers_failed} workers failed`);
  return `${name.padEnd(25)} ${style('cyan', bar)} ${percent.toFixed(0).padStart(3)} %  ${steps}${rate}${left}${failed}`;
}

/** `label` goes before plain lines, where several batches may share a log. */
export function createProgressView(label: string): ProgressView {
  const terminal = process.stderr.isTTY;
  let last = '';
  return {
    show(progress) {
      if (terminal) {
        const line = progressLine(progress);
        process.stderr.write(`\r\x1b[K${cut(line, process.stderr.columns)}`);
        return;
      }
      // A log wants the phases and the tens of percent, not every look.
      const mark = `${progress.phase}:${progress.percent === null ? '' : Math.floor(Number(progress.percent) / 10)}`;
      if (mark === last) return;
      last = mark;
      process.stderr.write(`${label}: ${progressLine(progress).replace(/[█░]+ /, '')}\n`);
    },
    end() {
      if (terminal) process.stderr.write('\r\x1b[K');
    },
  };
}

// A line that wraps can't be drawn over. Colour codes take no column.
function cut(line: string, columns: number): string {
  let visible = 0;
  return line.replace(/(\x1b\[[0-9;]*m)|./gsu, (char, code: string | undefined) => {
    if (code !== undefined) return char;
    visible += 1;
    return visible < columns ? char : '';
  });
}
