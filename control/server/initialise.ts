import type { ChildProcess } from 'node:child_process';
import {
  appendFileSync, chownSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { OperatorError } from '../errors.ts';
import type { Binaries } from './binaries.ts';
import { type Identity, makeOwnFolder } from './identity.ts';
import { hostFacts } from './settings.ts';

/** Below this, PostgreSQL can't even make its first files. */
const leastFreeBytes = 256 * 1024 ** 2;

/** True if the folder holds the data of a cluster; half-made ones never get this name. */
export function hasData(data: string): boolean {
  return existsSync(join(data, 'PG_VERSION'));
}

/** Refuses data that these programs can't read, naming both versions. */
export function checkVersion(data: string, binaries: Binaries): void {
  const made = readFileSync(join(data, 'PG_VERSION'), 'utf8').trim();
  if (made === String(binaries.major)) return;
  throw new OperatorError('The embedded server has data of another major version.', {
    detail: `${data} was made by PostgreSQL ${made}; the installed one is ${binaries.version}.`,
    hint: `Use MONTHEND_HOME for a new folder, or MONTHEND_POSTGRES_NATIVE for programs of version ${made}.`,
  });
}

function ended(child: ChildProcess): Promise<{ code: number | null; output: string; error?: Error }> {
  return new Promise((settle) => {
    let output = '';
    child.stdout?.on('data', (text: Buffer) => (output += text.toString()));
    child.stderr?.on('data', (text: Buffer) => (output += text.toString()));
    child.once('error', (error) => settle({ code: null, output, error }));
    child.once('close', (code) => settle({ code, output }));
  });
}

/**
 * Makes the data folder. It is made under another name and renamed when complete, so that whatever
 * ends this in the middle, there is a whole cluster or none; remains of earlier tries go first.
 */
export async function initialise(
  data: string,
  binaries: Binaries,
  identity: Identity,
  superuser: { user: string; password: string },
  interrupted: AbortSignal,
): Promise<void> {
  const parent = dirname(data);
  makeOwnFolder(parent, identity);
  for (const name of readdirSync(parent)) {
    if (name.startsWith(`${basename(data)}.new-`)) {
      rmSync(join(parent, name), { recursive: true, force: true, maxRetries: 3 });
    }
  }
  const { freeDiskBytes } = hostFacts(parent);
  if (freeDiskBytes < leastFreeBytes) {
    throw new OperatorError('The disk is too full for a database.', {
      detail: `${Math.floor(freeDiskBytes / 1024 ** 2)} MB are free at ${parent}.`,
      hint: 'Free at least 1 GB there, or set MONTHEND_HOME to a folder on another disk.',
    });
  }

  const draft = `${data}.new-${process.pid}`;
  // A file, because initdb opens its argument by name and Node's pipes can't be opened so.
  const passwordFile = `${draft}.password`;
  writeFileSync(passwordFile, `${superuser.password}\n`, { mode: 0o600 });
  if (identity.owner) chownSync(passwordFile, identity.owner.uid, identity.owner.gid);
  // C sorts by bytes: the same on every machine, whatever its libraries. The provider that knows the
  // case of letters without the system's locales came with version 17.
  const locale = binaries.major >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : [];
  const child = identity.start(
    binaries.initdb,
    [
      `--pgdata=${draft}`, `--username=${superuser.user}`, `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', ...locale, '--data-checksums',
    ],
    { cwd: parent, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const stop = (): void => void child.kill('SIGTERM');
  interrupted.addEventListener('abort', stop);
  const { code, output, error } = await ended(child);
  interrupted.removeEventListener('abort', stop);
  rmSync(passwordFile, { force: true });

  if (code !== 0 || interrupted.aborted) {
    rmSync(draft, { recursive: true, force: true, maxRetries: 3 });
    interrupted.throwIfAborted();
    throw new OperatorError('The database could not be made.', {
      detail: error?.message ?? `initdb ended with ${code}: ${output.trim().split('\n').slice(-6).join(' | ')}`,
      hint: 'Remove the cause, then run the command again: nothing is left of this try.',
      cause: error,
    });
  }
  appendFileSync(join(draft, 'postgresql.conf'), "\ninclude_if_exists = 'monthend.conf'\n");
  renameSync(draft, data);
}
