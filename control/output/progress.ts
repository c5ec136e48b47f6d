import { styleText } from 'node:util';
import type { Progress } from '../database/batch.ts';
import { cut } from './format.ts';

const columns = (): number => process.stderr.columns || 80;
const narrowestBar = 8;
const widestBar = 24;

/** Shows how far a batch is, on stderr: one line that is drawn again, or plain lines where it is no terminal. */
interface ProgressView {
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
  const done = count(progress.steps_done ?? '0');
  const processing = progress.status === 'PROCESSING';
  const rate = processing && progress.transactions_per_second !== null ? `  ${count(progress.transactions_per_second)}/s` : '';
  const left = progress.seconds_left === null ? '' : `  ${Math.ceil(Number(progress.seconds_left))} s left`;
  const failed = progress.workers_failed === '0' ? '' : `  ${progress.workers_failed} workers failed`;
  const beside = `${name.padEnd(25)}  ${percent.toFixed(0).padStart(3)} %  `;
  // The bar takes what the figures leave; where they leave too little, the total goes.
  const room = (steps: string): number => columns() - 1 - [beside, steps, rate, left, failed].join('').length;
  const whole = `${done}/${count(progress.steps_total)}`;
  const steps = room(whole) < narrowestBar ? done : whole;
  const width = Math.min(widestBar, Math.max(narrowestBar, room(steps)));
  const filled = Math.round((percent / 100) * width);
  const bar = '█'.repeat(filled) + '░'.repeat(width - filled);
  return `${name.padEnd(25)} ${style('cyan', bar)} ${percent.toFixed(0).padStart(3)} %  ${steps}${rate}${left}${failed && style('red', failed)}`;
}

/** `label` goes before plain lines, where several batches may share a log. */
export function createProgressView(label: string): ProgressView {
  const terminal = process.stderr.isTTY;
  let last = '';
  return {
    show(progress) {
      if (terminal) {
        // a line that wraps can't be drawn over
        process.stderr.write(`\r\x1b[K${cut(progressLine(progress), columns() - 1)}`);
        return;
      }
      // A log wants the phases and the tens of percent of their steps, not every look.
      const mark = `${progress.phase}:${progress.steps_total === null ? '' : Math.floor(Number(progress.percent) / 10)}`;
      if (mark === last) return;
      last = mark;
      process.stderr.write(`${label}: ${progressLine(progress).replace(/[█░]+ /, '')}\n`);
    },
    end() {
      if (terminal) process.stderr.write('\r\x1b[K');
    },
  };
}
