import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';

// Which functions of the product the tests have executed: PostgreSQL counts the calls in each test
// database, they are noted before it is dropped, and the end of a whole run names what never ran.

const noteOf = (run: string): string => join(tmpdir(), `monthend-calls-${run}.txt`);

/** Makes PostgreSQL count calls in a database. Only a superuser may; without one nothing is counted. */
export async function countCalls(admin: pg.Client, database: string): Promise<void> {
  try {
    await admin.query(`alter database ${database} set track_functions = 'pl'`);
  } catch (error) {
    if ((error as { code?: string }).code !== '42501') throw error;
  }
}

/** Notes what was called in the database that this session is in, once all others have left it. */
export async function noteCalls(session: pg.Client, run: string): Promise<void> {
  // a session's counts are there when it is gone
  for (let waited_ms = 0; waited_ms < 5000; waited_ms += 50) {
    const { rowCount } = await session.query(`
      select from pg_catalog.pg_stat_activity
       where datname = pg_catalog.current_database() and pid <> pg_catalog.pg_backend_pid()`);
    if (rowCount === 0) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { rows } = await session.query<{ name: string }>(`
    select schemaname || '.' || funcname as name from pg_catalog.pg_stat_user_functions where calls > 0`);
  appendFileSync(noteOf(run), rows.map(({ name }) => `${name}\n`).join(''));
}

/**
 * PL/pgSQL functions that were never called, of those that the template has; empty where nothing could
 * be counted. Removes the note.
 */
export async function neverCalled(template: pg.Client, run: string): Promise<string[]> {
  const note = noteOf(run);
  if (!existsSync(note)) return [];
  const called = new Set(readFileSync(note, 'utf8').split('\n'));
  rmSync(note);
  if (called.size <= 1) {
    console.error('Not counted: which functions ran. PostgreSQL counts calls for a superuser only.');
    return [];
  }
  // A call that ends with an error is not counted, and raise_error always does; tests assert its codes.
  const { rows } = await template.query<{ name: string }>(`
    select distinct n.nspname || '.' || p.proname as name
      from pg_catalog.pg_proc p
      join pg_catalog.pg_namespace n on n.oid = p.pronamespace
      join pg_catalog.pg_language l on l.oid = p.prolang
     where l.lanname = 'plpgsql' and n.nspname in ('books', 'subledger', 'month_end', 'ledger_data', 'ledger')
       and p.oid <> 'month_end.raise_error'::regproc
     order by 1`);
  return rows.map(({ name }) => name).filter((name) => !called.has(name));
}
