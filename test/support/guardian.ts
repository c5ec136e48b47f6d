// Stops a server and removes its folder when the process that asked for it is gone, however it went:
// the pipe that is this script's standard input closes with it, after SIGKILL as well.
import { existsSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stopServer } from '../../control/server/index.ts';
import { readState } from '../../control/server/state.ts';

const home = process.argv[2];
if (home === undefined) throw new Error('usage: guardian.ts HOME');

// Ctrl-C reaches the whole group of the terminal; this one has to outlive it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

process.stdin.resume();
process.stdin.once('end', () => {
  const keep = existsSync(join(home, 'keep'));
  // Where root can't have a namespace, the data is elsewhere (control/server/identity.ts).
  const data = readState(join(home, 'server.json'))?.data;
  stopServer({ home, mode: keep ? 'fast' : 'immediate' })
    .then(() => {
      if (keep) return;
      for (const folder of [home, ...(data === undefined ? [] : [dirname(data)])]) {
        rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
      }
    })
    .catch((error: unknown) => {
      console.error(error);
      process.exitCode = 1;
    });
});
