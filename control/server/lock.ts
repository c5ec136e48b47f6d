import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';

// The primary result code of SQLite for "somebody else holds the lock".
const sqliteBusy = 5;

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy;
}

/**
 * Runs work while holding a lock on a file, between processes. Node has no flock(2), and a file
 * that merely exists outlives a killed holder; SQLite's lock is the kernel's, so it goes with the
 * process. Waits for as long as the other holder lives; `onWait` is told once a wait begins.
 */
export async function withFileLock<T>(
  file: string,
  onWait: () => void,
  work: () => Promise<T>,
): Promise<T> {
  // Made here for its mode: SQLite would take the umask's.
  closeSync(openSync(file, 'a', 0o600));
  const holder = new DatabaseSync(file, { timeout: 0 });
  try {
    for (let waited = false; ; ) {
      try {
        // Nothing is ever written, so that the lock can be had on a full disk as well.
        holder.exec('pragma journal_mode = memory; begin exclusive');
        break;
      } catch (error) {
        if (!isBusy(error)) throw error;
        if (!waited) onWait();
        waited = true;
        await sleep(100);
      }
    }
    return await work();
  } finally {
    holder.close();
  }
}
