import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { projectFolder } from '../control/config.ts';
import type { Report } from '../control/database/batch.ts';
import { OperatorError } from '../control/errors.ts';
import { period } from './generate.ts';
import type { BenchOptions } from './options.ts';

interface Closed {
  readonly report: Report;
  /** The most resident memory that the process of the command has had. */
  readonly maxRssBytes: number;
}

const reportMemory = fileURLToPath(new URL('report-memory.ts', import.meta.url));

/**
 * Closes the month with `monthend close`, the operator's own command, in a process of its own, which
 * says at its end how much memory it has had. Its progress goes to our stderr.
 */
export async function closeMonth(
  url: string, options: Pick<BenchOptions, 'sessions' | 'workers'>, signal: AbortSignal,
): Promise<Closed> {
  const child = spawn(
    process.execPath,
    [
      '--import', reportMemory, join(projectFolder, 'control/main.ts'), 'close', period, '--json',
      '--sessions', String(options.sessions),
      ...(options.workers === undefined ? [] : ['--workers', String(options.workers)]),
    ],
    // an empty variable counts as not set
    { env: { ...process.env, DATABASE_URL: url, MONTHEND_ADMIN_URL: '' }, stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
      signal, killSignal: 'SIGTERM' },
  );
  const [report, memory, [exitCode]] = await Promise.all([
    text(child.stdout as Readable), text(child.stdio[3] as Readable),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  if (exitCode !== 0) {
    throw new OperatorError('The close has failed.', {
      detail: `monthend close ${period} ended with ${exitCode ?? 'a signal'}; its message stands above.`,
    });
  }
  return { report: JSON.parse(report) as Report, maxRssBytes: Number(memory) };
}
