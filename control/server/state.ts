import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { z } from 'zod';
import { errno, OperatorError } from '../errors.ts';

const stateSchema = z.object({
  /** Where PostgreSQL's data is, and as whom it runs: fixed when the data was made. */
  data: z.string(),
  mode: z.enum(['direct', 'namespace', 'drop']),
  /** The port of the last start: tried first, so that addresses stay valid. */
  port: z.int().min(1).max(65535).optional(),
  superuser: z.object({ user: z.string(), password: z.string().min(20) }),
  service: z.object({ user: z.string(), password: z.string().min(20) }),
});

/** What must outlive the server: its passwords, where its data is, its last port. */
export type ServerState = z.infer<typeof stateSchema>;

const newPassword = (): string => randomBytes(24).toString('base64url');

/** A first state, with passwords that nobody has seen. */
export function newState(place: Pick<ServerState, 'data' | 'mode'>): ServerState {
  return {
    ...place,
    superuser: { user: 'postgres', password: newPassword() },
    service: { user: 'monthend', password: newPassword() },
  };
}

/** Reads the state of a home; undefined if none was ever written. */
export function readState(file: string): ServerState | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (errno(error) === 'ENOENT') return undefined;
    throw new OperatorError('The credentials of the embedded server cannot be read.', {
      detail: error instanceof Error ? error.message : String(error),
      hint: 'Run the command as the user who started the server first.',
      cause: error,
    });
  }
  if ((statSync(file).mode & 0o077) !== 0) {
    throw new OperatorError('The credentials of the embedded server are open to other users.', {
      detail: file,
      hint: `Type: chmod 600 '${file}'  and, if others use this machine, change the passwords in it.`,
    });
  }
  let parsed;
  try {
    parsed = stateSchema.safeParse(JSON.parse(text));
  } catch {
    parsed = undefined;
  }
  if (!parsed?.success) {
    throw new OperatorError('The credentials of the embedded server are damaged.', {
      detail: file,
      hint: 'Put the file back from a backup. Without it the data can only be made anew: remove its folder.',
    });
  }
  return parsed.data;
}

/** Writes the state so that a crash leaves the old file or the new one, readable by the owner alone. */
export function writeState(file: string, state: ServerState): void {
  const draft = `${file}.${process.pid}`;
  const handle = openSync(draft, 'w', 0o600);
  try {
    writeSync(handle, `${JSON.stringify(state, null, 2)}\n`);
    fsyncSync(handle);
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  } finally {
    closeSync(handle);
  }
}
