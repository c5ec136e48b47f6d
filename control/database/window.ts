import type pg from 'pg';
import { z } from 'zod';
import { type Queryable, rows } from './query.ts';

/** The window's settings that a session can have for itself. */
export async function setSessionSettings(client: Queryable): Promise<void> {
  await client.query('select month_end.set_session_settings()');
}

// ALTER SYSTEM runs in no function and no transaction, so each statement is sent by itself.
async function runStatements(client: pg.ClientBase, text: string): Promise<void> {
  for (const { statement } of await rows(client, z.object({ statement: z.string() }), text)) await client.query(statement);
}

/** Raises the server's settings for as long as this session lasts, where that is asked for and allowed. */
export function openWindowSettings(client: pg.ClientBase): Promise<void> {
  return runStatements(client, 'select statement from month_end.open_window_settings() as statement');
}

/** Puts the server's settings back, unless another session that lives needs them. */
export function restoreWindowSettings(client: pg.ClientBase): Promise<void> {
  return runStatements(client, 'select statement from month_end.restore_window_settings() as statement');
}
