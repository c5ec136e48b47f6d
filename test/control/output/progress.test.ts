import { expect, test, vi } from 'vitest';
import type { Progress } from '../../../control/database/batch.ts';
import { createProgressView, progressLine } from '../../../control/output/progress.ts';

// Where there is no terminal, a line is made for 80 columns.

const posting: Progress = {
  status: 'PROCESSING', phase: 4, phase_name: 'parallel processing', steps_done: '22528', steps_total: '43026', percent: '52.4',
  transactions_per_second: '19761', seconds_left: '1.2', workers_running: '1', workers_complete: '7', workers_failed: '0',
  worker_count: 16, elapsed_seconds: '3.0',
};
const plain = (progress: Progress): string => progressLine(progress).replace(/\x1b\[\d+m/g, '');

test('the bar takes what the figures leave', () => {
  expect(plain(posting)).toBe('4/8 parallel processing   ██████░░░░░░  52 %  22,528/43,026  19,761/s  2 s left');
  expect(plain({ ...posting, status: 'PROCESSED', phase: 5, phase_name: 'per-worker validation', steps_done: '5', steps_total: '22', percent: '22.7', seconds_left: null }))
    .toBe('5/8 per-worker validation █████░░░░░░░░░░░░░░░░░░░  23 %  5/22');
});

test('ten million: the total goes, nothing is cut off', () => {
  const line = plain({ ...posting, steps_done: '9999999', steps_total: '10000000', percent: '99.9', transactions_per_second: '104167', seconds_left: '1234.5' });
  expect(line).toMatch(/^4\/8 parallel processing {3}[█░]{8,} 100 % {2}9,999,999 {2}104,167\/s {2}1235 s left$/);
  expect(line.length).toBeLessThan(80);
});

test('a phase of one transaction shows how long the close has taken', () => {
  expect(plain({ ...posting, status: 'OPENED', phase: 1, phase_name: 'pre-flight validation', steps_done: null, steps_total: null, percent: null }))
    .toBe('1/8 pre-flight validation 3.0 s');
});

test('a log has a phase once, and its tens of percent', () => {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const view = createProgressView('2003-01-MONTHEND');
  for (const percent of ['0.0', '4.2', '52.4', '57.1']) view.show({ ...posting, percent });
  const last = { ...posting, phase: 8, phase_name: 'post-processing', steps_done: null, steps_total: null };
  view.show({ ...last, status: 'COMMITTED', percent: null, elapsed_seconds: '5.2' });
  // its end is that of the transaction that ended it: before the look at it
  view.show({ ...last, status: 'COMPLETED', percent: '100.0', elapsed_seconds: '5.1' });
  const phases = write.mock.calls.map(([line]) => /\d\/8/.exec(String(line))?.[0]);
  write.mockRestore();
  expect(phases).toEqual(['4/8', '4/8', '8/8']);
});
