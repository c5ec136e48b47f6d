import { createHash } from 'node:crypto';
import { chownSync, lstatSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { OperatorError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';

/** Where things of one embedded server are. `data` may be elsewhere, see identity.ts. */
export interface Layout {
  readonly home: string;
  readonly state: string;
  readonly lock: string;
  readonly log: string;
}

/** A short name for a home, for folders that several homes share. */
export function homeHash(home: string): string {
  return createHash('sha256').update(home).digest('hex').slice(0, 12);
}

/** Makes a folder and those above it. Node's own way never ends below one in which nothing can be made, as /proc. */
function makeFolder(path: string): void {
  const isThere = (): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  if (isThere()) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // another process may have made it
    if (!isThere()) throw error;
  }
}

/** The files of a home; makes the folder, closed to others, if there is none. */
export function layoutOf(home: string): Layout {
  try {
    makeFolder(home);
    const owner = lstatSync(home).uid;
    const self = process.getuid?.() ?? owner;
    if (owner !== self) {
      throw new OperatorError('The embedded server belongs to another user.', {
        detail: `${home} is owned by uid ${owner}; this command runs as uid ${self}.`,
        hint: 'Run the command as that user, or set MONTHEND_HOME to a folder of your own.',
      });
    }
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    throw new OperatorError('The folder of the embedded server cannot be made.', {
      detail: error instanceof Error ? error.message : String(error),
      hint: 'Make the folder writable, or set MONTHEND_HOME to one that is.',
      exitCode: exitCodes.usage,
      cause: error,
    });
  }
  return {
    home,
    state: join(home, 'server.json'),
    lock: join(home, 'lock'),
    log: join(home, 'server.log'),
  };
}

/** The longest socket path that the kernel takes, without its closing zero. */
const socketPathLimitBytes = 107;

/**
 * The folder of the Unix socket: inside the data's parent where the path is short enough, else a
 * folder of our own in /tmp, refused if somebody else made it first.
 */
export function socketFolder(
  parent: string,
  owner: { readonly uid: number; readonly gid: number } | undefined,
): string {
  const inside = join(parent, 'run');
  const longestName = '/.s.PGSQL.65535.lock';
  if (Buffer.byteLength(inside + longestName) <= socketPathLimitBytes) {
    mkdirSync(inside, { recursive: true, mode: 0o700 });
    if (owner) chownSync(inside, owner.uid, owner.gid);
    return inside;
  }
  const short = `/tmp/monthend-${homeHash(parent)}`;
  const made = mkdirSync(short, { recursive: true, mode: 0o700 });
  if (made !== undefined && owner) chownSync(short, owner.uid, owner.gid);
  const found = lstatSync(short);
  const expected = owner?.uid ?? process.getuid?.();
  if (!found.isDirectory() || found.uid !== expected || (found.mode & 0o077) !== 0) {
    throw new OperatorError('The folder of the Unix socket is not ours.', {
      detail: `${short} was made by uid ${found.uid} with mode ${(found.mode & 0o777).toString(8)}.`,
      hint: 'Remove it, or set MONTHEND_HOME to a shorter path.',
    });
  }
  return short;
}
