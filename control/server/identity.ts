import { type ChildProcess, spawn, spawnSync, type StdioOptions } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OperatorError } from '../errors.ts';
import { homeHash } from './layout.ts';
import type { ServerState } from './state.ts';

// PostgreSQL refuses to run as root. An ordinary user runs it as it is ('direct'). For root there are
// two ways: a user namespace in which root's files belong to an unprivileged number ('namespace':
// works in folders that nobody else can enter), and, where namespaces are forbidden, another user
// with the data in a place that this user can reach ('drop').

type Mode = ServerState['mode'];

/** How to start a program of PostgreSQL. */
export interface Identity {
  readonly mode: Mode;
  /** Who owns the data; undefined: whoever runs this command. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  readonly start: (program: string, args: readonly string[], options: StartOptions) => ChildProcess;
}

export interface StartOptions {
  readonly cwd: string;
  readonly stdio: StdioOptions;
}

const unprivilegedId = 65534;
const inNamespace = ['--user', `--map-user=${unprivilegedId}`, `--map-group=${unprivilegedId}`, '--'];

/** Of the caller's environment only what PostgreSQL needs: PGDATA, PGPORT and others would mislead it. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  return { PATH, HOME, TMPDIR, LC_ALL: 'C', TZ: 'UTC' };
}

function namespacesWork(): boolean {
  return spawnSync('unshare', [...inNamespace, 'true'], { stdio: 'ignore' }).status === 0;
}

/** The user `postgres` where there is one, else nobody. */
function otherUser(): { uid: number; gid: number } {
  try {
    const line = /^postgres:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'));
    if (line) return { uid: Number(line[1]), gid: Number(line[2]) };
  } catch {
    // No list of users: then nobody it is.
  }
  return { uid: unprivilegedId, gid: unprivilegedId };
}

/** The way for this process: `recorded` is the one that the data was made with, and wins. */
export function chooseMode(asked: 'auto' | 'namespace' | 'drop', recorded: Mode | undefined): Mode {
  if (process.getuid?.() !== 0) return 'direct';
  if (recorded === 'direct') {
    throw new OperatorError('The embedded server was made by an ordinary user.', {
      hint: 'Run the command as that user.',
    });
  }
  if (recorded === 'namespace' && !namespacesWork()) {
    throw new OperatorError('The embedded server cannot be started as root here.', {
      detail: 'Its data was made in a user namespace, and this machine forbids them now.',
      hint: 'Allow user namespaces, run everything as an ordinary user, or set DATABASE_URL.',
    });
  }
  if (recorded !== undefined) return recorded;
  if (asked !== 'auto') return asked;
  return namespacesWork() ? 'namespace' : 'drop';
}

/** A folder that the other user can reach whatever the mode of the project's folder is. */
export function sharedFolder(): string {
  const folder = '/var/lib/monthend';
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  chmodSync(folder, 0o755);
  return folder;
}

/** The folder that holds the data (and, where it fits, the socket) of a home in a mode. */
export function dataParent(home: string, mode: Mode): string {
  return mode === 'drop' ? join(sharedFolder(), homeHash(home)) : home;
}

/** Makes a folder that PostgreSQL's user owns and others can't enter. */
export function makeOwnFolder(path: string, identity: Identity): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (identity.owner) chownSync(path, identity.owner.uid, identity.owner.gid);
}

/** Ready to start PostgreSQL's programs in a mode. */
export function identityFor(mode: Mode): Identity {
  const env = cleanEnvironment();
  // Detached: Ctrl-C reaches us alone, and we decide what is stopped and in which order.
  const common = { env, detached: true };
  switch (mode) {
    case 'direct':
      return {
        mode,
        owner: undefined,
        start: (program, args, options) => spawn(program, args, { ...common, ...options }),
      };
    case 'namespace':
      return {
        mode,
        owner: undefined,
        start: (program, args, options) =>
          spawn('unshare', [...inNamespace, program, ...args], { ...common, ...options }),
      };
    case 'drop': {
      const owner = otherUser();
      return {
        mode,
        owner,
        start: (program, args, options) =>
          spawn(program, args, { ...common, ...options, uid: owner.uid, gid: owner.gid }),
      };
    }
  }
}
