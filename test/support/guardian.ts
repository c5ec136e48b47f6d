// Stops a server and removes its folder when the process that asked for it is gone, however it went:
// the pipe that is this script's standard input closes with it, after SIGKILL as well.
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { stopServer } from '../../control/server/index.ts';

const home = process.argv[2];
if (home === undefined) throw new Error('usage: guardian.ts HOME');

// Ctrl-C reaches the whole group of the terminal; this one has to outlive it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

process.stdin.resume();
process.stdin.once('end', () => {
  const keep = existsSync(join(home, 'keep'));
  stopServer({ home, mode: keep ? 'fast' : 'immediate' })
    .then(() => {
      if (!keep) rmSync(home, { recursive: true, force: true, maxRetries: 3 });
    })
    .catch((error: unknown) => {
      console.error(error);
      process.exitCode = 1;
    });
});
