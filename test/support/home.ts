import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A folder for an embedded server of its own, with somebody to clean up after it. */
export interface GuardedHome {
  readonly home: string;
  /** Leaves the folder for a look at it; the server is stopped all the same. */
  readonly keep: () => void;
  /** Stops the server that runs there, if any, and removes the folder. */
  readonly release: () => Promise<void>;
}

/** Makes a private folder under /tmp (a short path, for the socket) that can't outlive this process. */
export function guardedHome(): GuardedHome {
  return guard(mkdtempSync('/tmp/monthend-test-'));
}

/** Puts a guardian over a folder that was made for a server. */
export function guard(home: string): GuardedHome {
  const guardian = spawn(
    process.execPath,
    [fileURLToPath(new URL('guardian.ts', import.meta.url)), home],
    { stdio: ['pipe', 'ignore', 'inherit'], detached: true },
  );
  // Neither the guardian nor its pipe may keep a process alive that is done.
  guardian.unref();
  return {
    home,
    keep: () => writeFileSync(join(home, 'keep'), ''),
    release: async () => {
      const gone = once(guardian, 'exit');
      guardian.ref();
      guardian.stdin.end();
      await gone;
    },
  };
}
