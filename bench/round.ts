import type pg from 'pg';
import type { Report } from '../control/database/batch.ts';
import { OperatorError } from '../control/errors.ts';
import { exitCodes } from '../control/exit-codes.ts';
import { closeMonth } from './control-plane.ts';
import { type Floor, measureFloor, walPosition } from './floor.ts';
import type { BenchOptions } from './options.ts';
import type { Place } from './place.ts';

/** One close and one floor, on the same rows. */
export interface Round {
  readonly closeSeconds: number;
  readonly report: Report;
  readonly walBytes: number;
  readonly maxRssBytes: number;
  readonly floor: Floor;
  readonly ratio: number;
}

/**
 * Clones the loaded database, closes its month, copies what the close has written, drops the clone.
 * A checkpoint goes before each of the two, so that neither pays for pages that the other has left.
 */
export async function runRound(
  place: Place, loaded: string, name: string, options: BenchOptions, signal: AbortSignal,
  onProgress: (line: string) => void,
): Promise<Round> {
  const admin = await place.session('postgres');
  try {
    onProgress('cloning the loaded database');
    await admin.query(`create database ${name} template ${loaded} strategy file_copy`);
    await admin.query('checkpoint');
    signal.throwIfAborted();
    const walBefore = await walPosition(admin);
    const closed = await closeMonth(place.serviceUrl(name), options, signal);
    const walBytes = (await walPosition(admin)) - walBefore;
    const closeSeconds = await secondsOfClose(place, name);
    onProgress(`close ${closeSeconds.toFixed(2)} s; now the write floor`);
    const floor = await measureFloor(place, name, closed.report.batch_id, options.sessions);
    check(closed.report, floor, options.transactions);
    onProgress(`floor ${floor.seconds.toFixed(2)} s, ratio ${(closeSeconds / floor.seconds).toFixed(2)}`);
    await admin.query(`drop database ${name} with (force)`);
    return { ...closed, closeSeconds, walBytes, floor, ratio: closeSeconds / floor.seconds };
  } finally {
    await admin.end();
  }
}

/**
 * From the beginning of phase 1 to the end of phase 8, by the database's clock, what lies between
 * phases included. A control plane that runs takes a batch up at once; the one that the benchmark
 * starts for each close is not in it.
 */
export async function secondsOfClose(place: Place, database: string): Promise<number> {
  const session: pg.Client = await place.session(database);
  try {
    const { rows } = await session.query<{ seconds: number }>(`
      select extract(epoch from max(finished_at) - min(started_at))::float8 as seconds from month_end.batch_phase`);
    return rows[0]?.seconds ?? NaN;
  } finally {
    await session.end();
  }
}

/** A fast close of something else is none: all posted, three entries each, balanced, all copied. */
function check(report: Report, floor: Floor, transactions: number): void {
  const { entries, lines, transactions: { posted } } = report;
  const problems = [
    report.status !== 'COMPLETED' && `the batch is ${report.status}`,
    posted !== transactions && `${posted} of ${transactions} transactions were posted`,
    entries !== transactions * 3 && `${entries} entries, not three a transaction`,
    report.phases.length !== 8 && `${report.phases.length} phases of 8`,
    Object.keys(report.debits).length === 0 && 'there are no debits',
    ...Object.entries(report.debits).map(([currency, debit]) =>
      debit !== report.credits[currency] && `${currency}: debits ${debit}, credits ${report.credits[currency]}`),
    floor.headers !== entries && `the floor has ${floor.headers} headers of ${entries}`,
    floor.lines !== lines && `the floor has ${floor.lines} lines of ${lines}`,
  ].filter((problem) => problem !== false);
  if (problems.length > 0) {
    throw new OperatorError('What was measured is not the close of this month.', {
      detail: problems.join('; '), exitCode: exitCodes.validation,
    });
  }
}
